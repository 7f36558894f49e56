/**
 * The generated chat history that every tool backs up, in three states, made once and kept.
 *
 * `day0` is a whole folder; `next-day` and `quiet-day` hold only what is new or changed against the
 * state before them. Delete the data folder to have it made again.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { changedPages, isDatabase } from './changed-pages.ts';
import { type Entry, listFiles } from './folder.ts';

export type StateName = 'day0' | 'next-day' | 'quiet-day';

export interface Growth {
  readonly messages: number;
  readonly mediaFiles: number;
  readonly mediaBytes: number;
}

/** What a state adds to the one before it, at best. */
export interface Yardstick {
  readonly changedPages: number;
  readonly changedPageBytes: number;
  /** The changed pages in one zstd stream of level 3. */
  readonly changedPagesZstdBytes: number;
  /** New media and whatever else changed, uncompressed. */
  readonly otherBytes: number;
}

/** A file of one state, with the state whose folder holds its current form. */
export interface StateFile extends Entry {
  readonly in: StateName;
}

export interface Data {
  readonly folder: string;
  /** Every file of each state. */
  readonly states: Readonly<Record<StateName, readonly StateFile[]>>;
  readonly yardsticks: Readonly<Record<'next-day' | 'quiet-day', Yardstick>>;
  readonly shape: Readonly<Record<StateName, Growth>>;
}

const generator = join(import.meta.dirname, '../packages/testing/src/sample-whatsapp/main.ts');
/** Share of the former messages that were edited by the next day. */
const editedShare = 0.002;

/** @param divisor 1 for the full size: 2 million messages and 2 GB of media. */
export function shapeOf(divisor: number): Data['shape'] {
  return {
    day0: {
      messages: 2_000_000 / divisor,
      mediaFiles: 4_000 / divisor,
      mediaBytes: 2_000_000_000 / divisor,
    },
    'next-day': {
      messages: 20_000 / divisor,
      mediaFiles: 40 / divisor,
      mediaBytes: 17_000_000 / divisor,
    },
    'quiet-day': { messages: 200 / divisor, mediaFiles: 0, mediaBytes: 0 },
  };
}

/** Loads the data kept in `folder`, or makes it there when it is missing or of another shape. */
export async function prepareData(
  folder: string,
  shape: Data['shape'],
  say: (line: string) => void,
): Promise<Data> {
  const mark = join(folder, 'data.json');
  if (existsSync(mark)) {
    const data = JSON.parse(await readFile(mark, 'utf8')) as Data;
    if (JSON.stringify(data.shape) === JSON.stringify(shape)) return { ...data, folder };
  }
  const data = await makeData(folder, shape, say);
  await writeFile(mark, JSON.stringify(data));
  return data;
}

/**
 * Brings `current` to a state. Files that are as they should be are not touched, and those that
 * changed are overwritten in place, so that inodes and change times are those of a living folder.
 */
export async function placeState(data: Data, name: StateName, current: string): Promise<void> {
  await mkdir(current, { recursive: true });
  const present = new Map((await listFiles(current)).map((file) => [file.path, file]));
  for (const file of data.states[name]) {
    const found = present.get(file.path);
    present.delete(file.path);
    if (found !== undefined && sameVersion(found, file)) continue;
    await copyWithTimes(join(data.folder, file.in), current, file);
  }
  for (const path of present.keys()) await rm(join(current, path));
}

async function makeData(
  folder: string,
  shape: Data['shape'],
  say: (line: string) => void,
): Promise<Data> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const day0 = join(folder, 'day0');
  const growing = join(folder, 'growing');

  say('making the data: day0');
  await generate('make', day0, shape.day0, 1);
  await cp(day0, growing, { recursive: true, preserveTimestamps: true });
  const first = (await listFiles(day0)).map((file): StateFile => ({ ...file, in: 'day0' }));

  say('making the data: next-day');
  await generate('day', growing, shape['next-day'], 2, editedShare);
  const next = await keepChanges(folder, growing, first, 'next-day');

  say('making the data: quiet-day');
  await generate('day', growing, shape['quiet-day'], 3, 0);
  const quiet = await keepChanges(folder, growing, next.state, 'quiet-day');

  await rm(growing, { recursive: true });
  return {
    folder,
    states: { day0: first, 'next-day': next.state, 'quiet-day': quiet.state },
    yardsticks: { 'next-day': next.yardstick, 'quiet-day': quiet.yardstick },
    shape,
  };
}

async function keepChanges(
  folder: string,
  growing: string,
  former: readonly StateFile[],
  name: StateName,
) {
  const known = new Map(former.map((file) => [file.path, file]));
  const state: StateFile[] = [];
  const sum = { changedPages: 0, changedPageBytes: 0, changedPagesZstdBytes: 0, otherBytes: 0 };
  for (const file of await listFiles(growing)) {
    const old = known.get(file.path);
    if (old !== undefined && sameVersion(old, file)) {
      state.push(old);
      continue;
    }
    await copyWithTimes(growing, join(folder, name), file);
    state.push({ ...file, in: name });
    const path = join(growing, file.path);
    if (old !== undefined && (await isDatabase(path))) {
      const changes = await changedPages(join(folder, old.in, old.path), path);
      sum.changedPages += changes.pages;
      sum.changedPageBytes += changes.bytes;
      sum.changedPagesZstdBytes += changes.compressedBytes;
    } else {
      sum.otherBytes += file.bytes;
    }
  }
  return { state, yardstick: sum };
}

async function generate(
  command: 'make' | 'day',
  folder: string,
  { messages, mediaFiles, mediaBytes }: Growth,
  seed: number,
  edited?: number,
): Promise<void> {
  if (!existsSync(generator)) throw new Error(`Cannot make the data: ${generator} is missing`);
  const numbers = {
    messages,
    'media-files': mediaFiles,
    'media-bytes': mediaBytes,
    edited,
    seed,
  };
  const args = Object.entries(numbers).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, `${value}`],
  );
  const child = spawn(process.execPath, [generator, command, folder, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0)
    throw new Error(`Cannot make the data: the generator ended with ${code ?? signal}`);
}

/** Times survive copying to the microsecond at best, hence the tolerance of 1 ms. */
function sameVersion(a: Entry, b: Entry): boolean {
  return a.bytes === b.bytes && Math.abs(a.mtimeMs - b.mtimeMs) < 1;
}

async function copyWithTimes(from: string, to: string, { path, mtimeMs }: Entry): Promise<void> {
  await mkdir(dirname(join(to, path)), { recursive: true });
  await copyFile(join(from, path), join(to, path));
  await utimes(join(to, path), mtimeMs / 1000, mtimeMs / 1000);
}
