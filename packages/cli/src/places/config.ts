/** What the person decided once and commands use from then on: config.json. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemState } from '@holdfast/client/system-state';
import { type CommandError, commandError } from '../command-error.ts';
import type { Folders } from './folders.ts';
import { replacePrivateFile } from './private-file.ts';

export interface Config {
  /** URL of the default store: what commands use without --store. */
  readonly store?: string;
  /** Absolute paths that `backup` backs up when none are named. */
  readonly sources?: readonly string[];
  /** Patterns that go with `sources`. */
  readonly exclude?: readonly string[];
}

/** @throws {HoldfastError} `usage` when the file is not what this program writes. */
export async function readConfig(folders: Folders): Promise<Config> {
  const path = join(folders.config, 'config.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw commandError('usage', `Cannot read ${path}: ${systemState(cause)}`, { cause });
  }
  try {
    const config: unknown = JSON.parse(text);
    if (isConfig(config)) return config;
  } catch (cause) {
    throw damagedConfig(path, cause);
  }
  throw damagedConfig(path);
}

export async function changeConfig(folders: Folders, change: Config): Promise<void> {
  const config = { ...(await readConfig(folders)), ...change };
  const path = join(folders.config, 'config.json');
  await replacePrivateFile(path, `${JSON.stringify(config, null, 2)}\n`);
}

function isConfig(value: unknown): value is Config {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { store, sources, exclude } = value as Record<string, unknown>;
  return (store === undefined || typeof store === 'string') && isTexts(sources) && isTexts(exclude);
}

function isTexts(value: unknown): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function damagedConfig(path: string, cause?: unknown): CommandError {
  return commandError('usage', `Cannot read ${path}: it is not a configuration`, {
    cause,
    nextStep: 'Mend it, or delete it and name the store with --store.',
  });
}
