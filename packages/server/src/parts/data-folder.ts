/** The folder in which a vault keeps all that it has, unless told otherwise. */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { systemState } from '../output/system-state.ts';

export interface DataFolder {
  readonly path: string;
  /** SQLite. */
  readonly recordsPath: string;
  /** Keys of the software HSM, sealed. */
  readonly hsmKeysPath: string;
  /** What seals them, unless a setting names something else. */
  readonly hsmSealPath: string;
}

/** `/var/lib/holdfast-vault` for a service of the system, else among the user's data. */
export function defaultDataPath(name: string, env: Environment): string {
  if (env.STATE_DIRECTORY) return env.STATE_DIRECTORY;
  if (process.getuid?.() === 0) return `/var/lib/${name}`;
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), name);
}

/** @param setting Where it is; undefined: where it is by default. */
export function dataFolder(setting: string | undefined, env: Environment): DataFolder {
  const path = resolve(setting ?? defaultDataPath('holdfast-vault', env));
  return {
    path,
    recordsPath: join(path, 'records.sqlite'),
    hsmKeysPath: join(path, 'hsm-keys'),
    hsmSealPath: join(path, 'hsm-seal'),
  };
}

/**
 * Makes the folder, for its owner alone, when it is not there.
 *
 * @throws {HoldfastError} `device-unusable` when it can't be made, read or written.
 */
export async function makeDataFolder({ path }: Pick<DataFolder, 'path'>): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new CommandError(
      'device-unusable',
      `Cannot use the data folder ${path}: ${systemState(cause)}`,
      { cause, nextStep: 'Name another one with --data, or run this as the user whose it is.' },
    );
  }
}

/** @throws {HoldfastError} `device-unusable` when no vault has kept records there. */
export async function assertVaultIn({ path, recordsPath }: DataFolder): Promise<void> {
  if (await isThere(recordsPath)) return;
  const nextStep = 'Name its data folder with --data.';
  throw new CommandError('device-unusable', `Cannot look at a vault: there is none in ${path}`, {
    nextStep,
  });
}

/** Whether something is at `path`. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
