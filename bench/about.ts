/** Describes the circumstances of one bench: the machine, without naming it, how busy it was, the data. */

import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Data } from './data.ts';
import { median } from './medians.ts';
import type { Sample } from './steps.ts';

/** @param folder Where the data lies; its file system is named. */
export function describeMachine(folder: string): string {
  const fileSystem = execFileSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' }).trim();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB of memory`;
  const processor = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  return `${processor}, ${memory}, ${fileSystem}, Linux ${release()}, Node ${process.versions.node}`;
}

/** How much of the machine others took while the tools were measured: above a few per cent, measure again. */
export function describeDisturbance(samples: readonly Sample[]): string {
  const shares = samples
    .map(({ tool, step, othersCpuMs, wallMs, syncMs }) => {
      const availableMs = (wallMs - syncMs) * availableParallelism();
      return { tool, step, percent: (100 * othersCpuMs) / availableMs };
    })
    .sort((a, b) => b.percent - a.percent);
  const [worst] = shares;
  if (worst === undefined) return 'unknown';
  const typical = median(shares.map(({ percent }) => percent))?.toFixed(0);
  return (
    `other processes took ${typical} % of the machine's CPU time at the median step,` +
    ` ${worst.percent.toFixed(0)} % at the worst (${worst.tool}, ${worst.step})`
  );
}

export function describeData({ shape, states, yardsticks }: Data): string {
  const count = (number: number) => number.toLocaleString('en');
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const [day0, nextDay, quietDay] = [shape.day0, shape['next-day'], shape['quiet-day']];
  const total = states.day0.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    `${count(day0.messages)} messages and ${count(day0.mediaFiles)} media files, ${megabytes(total)}`,
    `next day: ${count(nextDay.messages)} new messages, ${nextDay.mediaFiles} new media files,` +
      ` ${count(yardsticks['next-day'].changedPages)} pages changed`,
    `quiet day: ${count(quietDay.messages)} new messages,` +
      ` ${count(yardsticks['quiet-day'].changedPages)} pages changed`,
  ].join('; ');
}
