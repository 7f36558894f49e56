/** The vaults that the person trusts: vaults.json in the configuration. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemState } from '@holdfast/client/system-state';
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { commandError } from '../command-error.ts';
import type { Folders } from './folders.ts';
import { replacePrivateFile } from './private-file.ts';

/** @throws {HoldfastError} `usage` when the file is not what this program writes. */
export async function readTrustedVaults(folders: Folders): Promise<readonly TrustedVault[]> {
  const path = vaultsPath(folders);
  try {
    const vaults: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (Array.isArray(vaults)) return vaults.map(readVault);
    throw new TypeError('no list');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    const state =
      cause instanceof Error && 'code' in cause ? systemState(cause) : 'it is no list of vaults';
    throw commandError('usage', `Cannot read ${path}: ${state}`, {
      cause,
      nextStep: 'Delete it, and trust the vaults again with "holdfast vault trust URL".',
    });
  }
}

/** Adds vaults; one that is there already keeps its place and gets the new address. */
export async function trustVaults(
  folders: Folders,
  vaults: readonly TrustedVault[],
): Promise<void> {
  const kept = [...(await readTrustedVaults(folders))];
  for (const vault of vaults) {
    const at = kept.findIndex(({ identity }) => equalBytes(identity, vault.identity));
    kept.splice(at === -1 ? kept.length : at, at === -1 ? 0 : 1, vault);
  }
  await writeVaults(folders, kept);
}

/** @returns Whether it was there. */
export async function forgetVault(folders: Folders, url: string): Promise<boolean> {
  const vaults = await readTrustedVaults(folders);
  const rest = vaults.filter((vault) => vault.url !== url);
  if (rest.length === vaults.length) return false;
  await writeVaults(folders, rest);
  return true;
}

async function writeVaults(folders: Folders, vaults: readonly TrustedVault[]): Promise<void> {
  const rows = vaults.map(({ url, identity }) => ({ url, identity: identity.toHex() }));
  await replacePrivateFile(vaultsPath(folders), `${JSON.stringify(rows, null, 2)}\n`);
}

function readVault(value: unknown): TrustedVault {
  const { url, identity } = value as Record<string, unknown>;
  if (typeof url !== 'string' || typeof identity !== 'string' || !/^[0-9a-f]{64}$/.test(identity)) {
    throw new TypeError('no vault');
  }
  return { url, identity: Uint8Array.fromHex(identity) };
}

function vaultsPath(folders: Folders): string {
  return join(folders.config, 'vaults.json');
}
