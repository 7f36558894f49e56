/**
 * Runs one command and measures it: wall time until its writes are on disk, CPU time and peak
 * memory of the whole process tree. Linux only. One command at a time, or the CPU times mix.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { endedChildrenCpuMs, machineCpuMs, treeMemory } from './process-tree.ts';
import type { Command } from './tools/tool.ts';

export interface Measured {
  /** From start to end, with `syncMs`. */
  readonly wallMs: number;
  /** The part of `wallMs` that `sync` took after the command had ended. */
  readonly syncMs: number;
  /** User and system time, without `sync`. */
  readonly cpuMs: number;
  /** CPU time that everything else on the machine took meanwhile, but for the bench itself. */
  readonly othersCpuMs: number;
  readonly peakPssBytes: number;
  readonly peakRssBytes: number;
  /** The last 64 KiB of standard output. */
  readonly stdout: string;
}

const samplingMs = 50;
const keptOutputBytes = 64 * 1024;
const foreignSettings = /^(BORG|HOLDFAST|RCLONE|RESTIC)_/;

/**
 * @param syncedFolder A folder on the file system whose writes count.
 * @throws {Error} with the end of the command's standard error when it exits with anything but 0.
 */
export async function measure(command: Command, syncedFolder: string): Promise<Measured> {
  await sync(syncedFolder);
  const cpuBeforeMs = endedChildrenCpuMs();
  const othersBeforeMs = machineCpuMs() - ownCpuMs();
  const started = performance.now();
  const { stdout, peakPssBytes, peakRssBytes } = await run(command);
  const ended = performance.now();
  const cpuMs = endedChildrenCpuMs() - cpuBeforeMs;
  const othersCpuMs = machineCpuMs() - ownCpuMs() - othersBeforeMs - cpuMs;
  await sync(syncedFolder);
  const synced = performance.now();
  return {
    wallMs: synced - started,
    syncMs: synced - ended,
    cpuMs,
    othersCpuMs: Math.max(0, othersCpuMs),
    peakPssBytes,
    peakRssBytes,
    stdout,
  };
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function run({ argv, env, cwd }: Command) {
  const [program, ...args] = argv;
  const inherited = Object.entries(process.env).filter(([name]) => !foreignSettings.test(name));
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let peakPssBytes = 0;
  let peakRssBytes = 0;
  const sampling = setInterval(() => {
    if (child.pid === undefined || child.exitCode !== null) return;
    const memory = treeMemory(child.pid);
    peakPssBytes = Math.max(peakPssBytes, memory.pssBytes);
    peakRssBytes = Math.max(peakRssBytes, memory.rssBytes);
  }, samplingMs);
  try {
    const [stdout, stderr, [code, signal]] = await Promise.all([
      readEnd(child.stdout),
      readEnd(child.stderr),
      once(child, 'close'),
    ]);
    if (code !== 0) {
      const said = (stderr.trim() || stdout.trim()).slice(-2000);
      throw new Error(`Cannot run "${argv.join(' ')}": it ended with ${code ?? signal}\n${said}`);
    }
    return { stdout, peakPssBytes, peakRssBytes };
  } finally {
    clearInterval(sampling);
  }
}

async function readEnd(stream: Readable): Promise<string> {
  let end = Buffer.alloc(0);
  for await (const piece of stream) {
    end = Buffer.concat([end, piece as Buffer]).subarray(-keptOutputBytes);
  }
  return end.toString('utf8');
}

async function sync(folder: string): Promise<void> {
  const [code] = await once(spawn('sync', ['-f', folder], { stdio: 'ignore' }), 'close');
  if (code !== 0)
    throw new Error(`Cannot sync the file system of ${folder}: sync ended with ${code}`);
}
