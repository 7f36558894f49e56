/**
 * Measures Holdfast beside its peers: `npm run bench -- [--small] [--runs N] [--only tool,tool]
 * [--data DIR] [--save]`. Prints tables, keeps all figures as JSON, and with `--save` writes the
 * tables into docs/performance.md. Ends with 1 when a tool failed or restored wrongly.
 */

import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeData, describeDisturbance, describeMachine } from './about.ts';
import { type Growth, prepareData, shapeOf } from './data.ts';
import { mediansOf } from './medians.ts';
import { BACKUP_SECTION, savePerformancePage } from './performance-page.ts';
import { reportTables } from './report.ts';
import { type Failure, runSteps, type Sample } from './steps.ts';
import { markdownTable, terminalTable } from './table.ts';
import { judge } from './targets.ts';
import { allTools } from './tools/all.ts';
import type { Tool } from './tools/tool.ts';

interface Options {
  readonly divisor: number;
  readonly runs: number;
  readonly only: readonly string[];
  readonly dataFolder: string;
  readonly save: boolean;
}

const smallDivisor = 20;

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      small: { type: 'boolean', default: false },
      runs: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      data: { type: 'string', default: join(import.meta.dirname, '.data') },
      save: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) {
    throw new RangeError(`"--runs" must be a whole number above 0: got ${values.runs}`);
  }
  return {
    divisor: values.small ? smallDivisor : 1,
    runs,
    only: values.only.split(',').filter((name) => name !== ''),
    dataFolder: resolve(values.data),
    save: values.save,
  };
}

/** `--only borg` takes both borgs: a name may be given by its beginning. */
function chooseTools(only: readonly string[]): { tools: Tool[]; versions: string[] } {
  const unknown = only.find((start) => !allTools.some(({ name }) => name.startsWith(start)));
  if (unknown !== undefined) {
    const names = allTools.map(({ name }) => name).join(', ');
    throw new RangeError(`"--only" must name tools of ${names}: got ${unknown}`);
  }
  const tools: Tool[] = [];
  const versions: string[] = [];
  for (const tool of allTools) {
    if (only.length > 0 && !only.some((start) => tool.name.startsWith(start))) continue;
    const version = tool.version();
    if (version !== null) tools.push(tool);
    versions.push(
      `${tool.name}: ${version ?? 'not installed or not starting, left out'} (${tool.settings})`,
    );
  }
  if (tools.length === 0) throw new Error('Cannot run the bench: none of the tools is installed');
  return { tools, versions };
}

/** Every tool's repository and restored copy, the data and the source lie there at once. */
async function assertSpace(folder: string, tools: number, day0: Growth): Promise<void> {
  const { mediaBytes, messages } = day0;
  const { bavail, bsize } = await statfs(folder);
  const neededBytes = (2 * tools + 3) * (mediaBytes + 600 * messages);
  if (bavail * bsize < neededBytes) {
    const needed = (neededBytes / 1e9).toFixed(0);
    throw new Error(`Cannot run the bench in ${folder}: it needs ${needed} GB, use --data`);
  }
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

async function main(): Promise<void> {
  const { divisor, runs, only, dataFolder, save } = readOptions();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const { tools, versions } = chooseTools(only);
  for (const line of versions) say(line);

  const shape = shapeOf(divisor);
  const size = divisor === 1 ? 'full' : 'small';
  await mkdir(dataFolder, { recursive: true });
  await assertSpace(dataFolder, tools.length, shape.day0);
  const data = await prepareData(join(dataFolder, size), shape, say);
  const workFolder = join(dataFolder, 'work');
  await rm(workFolder, { recursive: true, force: true });

  const samples: Sample[] = [];
  const failures: Failure[] = [];
  for (let run = 0; run < runs; run++) {
    await runSteps({
      run,
      tools: rotate(tools, run),
      data,
      workFolder,
      onSample(sample) {
        samples.push(sample);
        const { tool, step, wallMs } = sample;
        say(`run ${run + 1}/${runs}  ${step}  ${tool}  ${(wallMs / 1000).toFixed(2)} s`);
      },
      onFailure(failure) {
        failures.push(failure);
        say(`run ${run + 1}/${runs}  ${failure.step}  ${failure.tool}  FAILED\n${failure.message}`);
      },
    });
  }
  await rm(workFolder, { recursive: true, force: true });

  const failed = new Set(failures.map(({ tool }) => tool));
  const sound = samples.filter(({ tool }) => !failed.has(tool));
  const figures = mediansOf(sound);
  const names = tools.map(({ name }) => name);
  const tables = reportTables(names, figures, data);
  const date = new Date().toISOString();
  const machine = describeMachine(dataFolder);
  const about = [
    `Date: ${date.slice(0, 10)}, ${runs === 1 ? 'one run' : `median of ${runs} runs`}`,
    `Machine: ${machine}`,
    `Disturbance: ${describeDisturbance(sound)}`,
    `Data: ${describeData(data)}`,
    ...versions,
  ];
  const targets = judge(figures, data.yardsticks);
  const { yardsticks } = data;
  const resultsPath = join(
    dataFolder,
    `results-${date.slice(0, 19).replace(/[T:]/g, '-')}-${size}.json`,
  );
  const results = { date, machine, versions, runs, shape, yardsticks, samples, failures, targets };
  await writeFile(resultsPath, `${JSON.stringify(results, null, 2)}\n`);

  process.stdout.write(`${about.join('\n')}\n\n${tables.map(terminalTable).join('\n')}\n`);
  say(`All figures: ${resultsPath}`);
  if (save) {
    const page = join(import.meta.dirname, '../docs/performance.md');
    const list = about.map((line) => `- ${line}`).join('\n');
    const results = `${list}\n\n${tables.map(markdownTable).join('\n')}`;
    await savePerformancePage(page, BACKUP_SECTION, results);
    say('Saved: docs/performance.md');
  }
  for (const { tool, step, message } of failures) say(`FAILED: ${tool}, ${step}: ${message}`);
  if (failures.length > 0) process.exitCode = 1;
}

await main();
