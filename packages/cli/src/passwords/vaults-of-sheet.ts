/** The vaults of a recovery sheet, by their fingerprints there (spec/vault-protocol.md §12.2, step 1). */
import { setTimeout } from 'node:timers/promises';
import type { Store } from '@holdfast/client';
import type { TrustedVault } from '@holdfast/client/vaults';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { awaitEnough, vaultFingerprint } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import { failureText } from './failure-text.ts';
import type { RecoverySheet, SheetVault } from './recovery-sheet.ts';

/** Where identities are found. */
export interface SheetPlace {
  readonly store: Store;
  readonly backupId: Uint8Array;
  readonly trusted: readonly TrustedVault[];
}

/**
 * Asks those that this device does not trust who they are. One that is silent counts when a record in the store
 * says who it is; who is another is left out, which is said.
 */
export async function vaultsOfSheet(
  { output, signal }: Invocation,
  { vaults, t }: RecoverySheet,
  { store, backupId, trusted }: SheetPlace,
): Promise<readonly TrustedVault[]> {
  const { greetVault, parseVaultUrl } = await import('@holdfast/client/vaults');
  const { namedVaults } = await import('@holdfast/client/passwords');
  const listed = vaults.map((vault) => ({ ...vault, url: parseVaultUrl(vault.url) }));
  const named = await namedVaults(store, backupId, { signal });
  const found = [...(await onSheet(listed, trusted))];
  const silent = new Map<SheetVault, unknown>();
  const isFound = ({ fingerprint }: SheetVault): boolean =>
    found.some((vault) => vault.fingerprint === fingerprint);
  const unknown = listed.filter((vault) => !isFound(vault));
  for (const vault of unknown) silent.set(vault, lateAt(vault));
  const ending = new AbortController();
  const bound = AbortSignal.any([signal, ending.signal]);
  const works = unknown.map(async (vault) => {
    try {
      const { fingerprint, identity } = await greetVault(vault.url, { signal: bound });
      silent.delete(vault);
      if (fingerprint === vault.fingerprint) found.push({ ...vault, identity });
      else {
        output.warn(
          `ANOTHER VAULT ANSWERS at ${vault.url} than the one on your recovery sheet: it is left out`,
        );
      }
    } catch (failure) {
      if (!bound.aborted) silent.set(vault, failure);
    }
  });
  const sleep = async (ms: number): Promise<void> =>
    await setTimeout(ms, undefined, { signal: bound }).catch(() => undefined);
  await awaitEnough(works, () => (found.length >= t ? 'enough' : 'lacking'), sleep);
  ending.abort();
  signal.throwIfAborted();
  const recorded = named.map((identity) => ({ identity, url: null }));
  const later = await onSheet([...silent.keys()], recorded);
  for (const [vault, failure] of silent) {
    const isKnown = later.some(({ fingerprint }) => fingerprint === vault.fingerprint);
    if (!isKnown) output.warn(failureText(vault.url, failure));
  }
  const all = [...found, ...later];
  return listed.flatMap(({ fingerprint }) =>
    all.filter((vault) => vault.fingerprint === fingerprint),
  );
}

function lateAt({ url }: SheetVault): HoldfastError {
  const message = `Cannot reach the vault at ${url}: no answer came in time`;
  return new HoldfastError('vaults-unreachable', message);
}

/** Each once; with the address that this device has, which may be newer, before that of the sheet. */
async function onSheet(
  listed: readonly SheetVault[],
  known: readonly { readonly identity: Uint8Array; readonly url: string | null }[],
): Promise<readonly (TrustedVault & SheetVault)[]> {
  const byFingerprint = new Map<string, (typeof known)[number]>();
  for (const vault of known) {
    byFingerprint.set(await vaultFingerprint(nodeCrypto, vault.identity), vault);
  }
  return listed.flatMap((vault) => {
    const found = byFingerprint.get(vault.fingerprint);
    if (found === undefined) return [];
    return [{ ...vault, identity: found.identity, url: found.url ?? vault.url }];
  });
}
