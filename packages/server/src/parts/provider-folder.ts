/** The folder in which a provider keeps all that it has, unless told otherwise. */
import { join, resolve } from 'node:path';
import type { Environment } from '../command.ts';
import { defaultDataPath } from './data-folder.ts';

export interface ProviderFolder {
  readonly path: string;
  /** SQLite: accounts, and small objects. */
  readonly databasePath: string;
  /** Large objects. */
  readonly objectsPath: string;
}

/** @param setting Where it is; undefined: where it is by default. */
export function providerFolder(setting: string | undefined, env: Environment): ProviderFolder {
  const path = resolve(setting ?? defaultDataPath('holdfast-provider', env));
  return {
    path,
    databasePath: join(path, 'provider.sqlite'),
    objectsPath: join(path, 'objects'),
  };
}
