/**
 * One run of the bench: every tool's first step, then every tool's second, and so on, over one
 * source folder. What a tool restores is compared with the source, byte by byte; a tool that
 * fails, restores wrongly or alters the source takes part in no further step.
 */

import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Data, placeState, type StateName } from './data.ts';
import { compareFolders, type Entry, listFiles, sameBytes, warm } from './folder.ts';
import { type Measured, measure } from './measure.ts';
import type { Place, Tool, Traffic } from './tools/tool.ts';

export const steps = [
  { id: 'first', title: 'first backup', state: 'day0', act: backUp },
  { id: 'next-day', title: 'next day', state: 'next-day', act: backUp },
  { id: 'quiet-day', title: 'quiet day', state: 'quiet-day', act: backUp },
  { id: 'no-change', title: 'no change', state: 'quiet-day', act: backUp },
  { id: 'restore', title: 'restore', state: 'quiet-day', act: restore },
  { id: 'check', title: 'check in full', state: 'quiet-day', act: check },
  { id: 'one-file', title: 'one file, cold', state: 'quiet-day', act: restoreOne },
] as const satisfies readonly {
  id: string;
  title: string;
  state: StateName;
  act: (turn: Turn) => Promise<Measured>;
}[];

export type StepId = (typeof steps)[number]['id'];

export interface Sample extends Omit<Measured, 'stdout'>, Traffic {
  readonly run: number;
  readonly tool: string;
  readonly step: StepId;
  /** Growth of the repository, apparent size; negative when it shrank. */
  readonly addedBytes: number;
  /** Size of the repository's files that are new or changed, each whole: what a remote would be sent. */
  readonly writtenBytes: number;
  readonly repositoryBytes: number;
}

export interface Failure {
  readonly run: number;
  readonly tool: string;
  readonly step: string;
  readonly message: string;
}

export interface RunOptions {
  readonly run: number;
  /** In the order of this run. */
  readonly tools: readonly Tool[];
  readonly data: Data;
  /** Where source, repositories and restored files lie; made and removed by the bench. */
  readonly workFolder: string;
  readonly onSample: (sample: Sample) => void;
  readonly onFailure: (failure: Failure) => void;
}

/** One tool's turn at one step. */
interface Turn {
  readonly tool: Tool;
  readonly place: Place;
  readonly label: string;
  readonly oneFile: string;
  readonly workFolder: string;
}

/** Size the single restored file should have, about. */
const oneFileBytes = 100_000;
const lastLabel = 'no-change';

export async function runSteps(options: RunOptions): Promise<void> {
  const { run, data, workFolder, onSample, onFailure } = options;
  const source = join(workFolder, 'current');
  const oneFile = nearestInSize(data, oneFileBytes);
  const remaining = new Map<Tool, Place>();
  const attempt = async (tool: Tool, step: string, act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      remaining.delete(tool);
      onFailure({ run, tool: tool.name, step, message: (error as Error).message });
    }
  };

  await placeState(data, 'day0', source);
  for (const tool of options.tools) {
    const place = await freshPlace(tool, source, workFolder);
    remaining.set(tool, place);
    await attempt(tool, 'init', async () => {
      for (const command of tool.init(place)) await measure(command, workFolder);
    });
  }
  for (const step of steps) {
    await placeState(data, step.state, source);
    for (const [tool, place] of [...remaining]) {
      await attempt(tool, step.id, async () => {
        const label = step.act === backUp ? step.id : lastLabel;
        const before = await listFiles(place.repository);
        const turn = { tool, place, label, oneFile, workFolder };
        const { stdout, ...measured } = await step.act(turn);
        const growth = growthOf(before, await listFiles(place.repository));
        const traffic = tool.traffic?.(stdout);
        onSample({ run, tool: tool.name, step: step.id, ...measured, ...growth, ...traffic });
      });
    }
  }
  for (const tool of options.tools) await rm(toolFolder(tool, workFolder), { recursive: true });
}

async function backUp({ tool, place, label, workFolder }: Turn): Promise<Measured> {
  await warm(place.source);
  const before = await listFiles(place.source);
  const measured = await measure(tool.backup(place, label), workFolder);
  const after = await listFiles(place.source);
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    throw new Error(`Cannot trust ${tool.name}: it altered the folder that it backs up`);
  }
  return measured;
}

/**
 * What is restored stays until the run has ended: a file system that is still busy with what was just
 * deleted would slow the next tool down.
 */
async function restore({ tool, place, label, workFolder }: Turn): Promise<Measured> {
  const to = await emptyFolder(join(toolFolder(tool, workFolder), 'restored'));
  await warm(place.repository);
  const measured = await measure(tool.restore(place, label, to), workFolder);
  const restored = join(to, basename(place.source));
  const differences = await compareFolders(place.source, restored);
  if (differences.length > 0) {
    const shown = differences.slice(0, 5).join('\n');
    throw new Error(`${tool.name} restores wrongly in ${differences.length} files:\n${shown}`);
  }
  return measured;
}

async function check({ tool, place, workFolder }: Turn): Promise<Measured> {
  await warm(place.repository);
  return await measure(tool.check(place), workFolder);
}

async function restoreOne(turn: Turn): Promise<Measured> {
  const { tool, place, label, oneFile, workFolder } = turn;
  const folder = toolFolder(tool, workFolder);
  const to = await emptyFolder(join(folder, 'restored-alone'));
  const home = await emptyFolder(join(folder, 'cold-home'));
  await warm(place.repository);
  const command = tool.restoreOne({ ...place, home }, label, oneFile, to);
  const measured = await measure(command, workFolder);
  const [restored, ...others] = await listFiles(to);
  const right =
    restored !== undefined &&
    others.length === 0 &&
    (await sameBytes(join(place.source, oneFile), join(to, restored.path)));
  if (!right) throw new Error(`${tool.name} does not restore ${oneFile}, or not it alone`);
  return measured;
}

function growthOf(before: readonly Entry[], after: readonly Entry[]) {
  const sum = (files: readonly Entry[]) => files.reduce((total, { bytes }) => total + bytes, 0);
  const versionOf = ({ path, bytes, mtimeMs }: Entry) => `${mtimeMs} ${bytes} ${path}`;
  const known = new Set(before.map(versionOf));
  const repositoryBytes = sum(after);
  return {
    repositoryBytes,
    addedBytes: repositoryBytes - sum(before),
    writtenBytes: sum(after.filter((file) => !known.has(versionOf(file)))),
  };
}

function nearestInSize({ states }: Data, bytes: number): string {
  const [first, ...rest] = states.day0;
  if (first === undefined) throw new Error('Cannot choose a file: the data has none');
  const nearest = rest.reduce(
    (best, file) => (Math.abs(file.bytes - bytes) < Math.abs(best.bytes - bytes) ? file : best),
    first,
  );
  return nearest.path;
}

async function freshPlace(tool: Tool, source: string, workFolder: string): Promise<Place> {
  const folder = await emptyFolder(toolFolder(tool, workFolder));
  const [repository, home, kept] = ['repository', 'home', 'kept'].map((name) => join(folder, name));
  const place = { source, repository, home, kept } as Place;
  await Promise.all([place.repository, place.home, place.kept].map((each) => mkdir(each)));
  return place;
}

function toolFolder(tool: Tool, workFolder: string): string {
  return join(workFolder, tool.name.replace(/\W+/g, '-'));
}

async function emptyFolder(path: string): Promise<string> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  return path;
}
