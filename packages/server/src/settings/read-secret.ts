/** Secrets come from a file or the environment, never from the command line. */
import { readFile, stat } from 'node:fs/promises';
import { Secret } from '@holdfast/core/secret';
import type { Environment } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { systemState } from '../output/system-state.ts';

const READABLE_BY_ALL = 0o004;

export interface SecretPlaces {
  /** Of a file whose first line it is. */
  readonly path: string | undefined;
  readonly variable: string;
}

/**
 * @returns null when it is in neither place.
 * @throws {HoldfastError} `usage` when the file can't be read, is empty, or everybody can read it.
 */
export async function readSecret(
  { path, variable }: SecretPlaces,
  env: Environment,
): Promise<Secret | null> {
  if (path === undefined) {
    const value = env[variable];
    return value === undefined || value === '' ? null : secretOf(value);
  }
  const [line = ''] = (await readPrivateText(path)).split(/\r?\n/, 1);
  if (line === '') throw new CommandError('usage', `Cannot use ${path}: it is empty`);
  return secretOf(line);
}

/** @throws {HoldfastError} `usage` when it can't be read, or everybody can read it. */
export async function readPrivateText(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    const isPrivate = (mode & READABLE_BY_ALL) === 0 || process.platform === 'win32';
    if (isPrivate) return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError('usage', `Cannot read ${path}: ${systemState(cause)}`, { cause });
  }
  throw new CommandError('usage', `Cannot use ${path}: everybody on this machine can read it`, {
    nextStep: `Run: chmod 600 ${path}`,
  });
}

/** In memory of its own, which a Buffer's may not be: who takes it over may wipe it or hand it on. */
function secretOf(text: string): Secret {
  return new Secret(new TextEncoder().encode(text));
}
