/** The vaults of a recovery sheet, by their fingerprints there (spec/vault-protocol.md §12.2, step 1). */
import { setTimeout } from 'node:timers/promises';
import type { TrustedVault } from '@holdfast/client/vaults';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { awaitEnough, vaultFingerprint } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import type { RecoverySheet, SheetVault } from './recovery-sheet.ts';
import { failureText } from './try-password.ts';

/**
 * Asks those that this device does not know who they are. Leaves out who is another, or silent, and who is
 * late when the others suffice: says so.
 *
 * @param known Vaults whose identities this device knows.
 */
export async function vaultsOfSheet(
  { output, signal }: Invocation,
  { vaults, t }: RecoverySheet,
  known: readonly TrustedVault[],
): Promise<readonly TrustedVault[]> {
  const { greetVault, parseVaultUrl } = await import('@holdfast/client/vaults');
  const listed = vaults.map((vault) => ({ ...vault, url: parseVaultUrl(vault.url) }));
  const found = [...(await namedOnSheet({ vaults: listed }, known))];
  const isFound = ({ fingerprint }: SheetVault): boolean =>
    found.some((vault) => vault.fingerprint === fingerprint);
  const ending = new AbortController();
  const bound = AbortSignal.any([signal, ending.signal]);
  const silent = new Set(listed.filter((vault) => !isFound(vault)));
  const works = [...silent].map(async (vault) => {
    const { url } = vault;
    try {
      const { fingerprint, identity } = await greetVault(url, { signal: bound });
      if (fingerprint === vault.fingerprint) found.push({ url, identity, fingerprint });
      else {
        output.warn(
          `ANOTHER VAULT ANSWERS at ${url} than the one on your recovery sheet: it is left out`,
        );
      }
    } catch (error) {
      if (bound.aborted) return;
      output.warn(failureText(url, error));
    }
    silent.delete(vault);
  });
  const sleep = async (ms: number): Promise<void> =>
    await setTimeout(ms, undefined, { signal: bound }).catch(() => undefined);
  await awaitEnough(works, () => (found.length >= t ? 'enough' : 'lacking'), sleep);
  ending.abort();
  signal.throwIfAborted();
  for (const { url } of silent) output.warn(`Without the vault at ${url}: no answer came in time`);
  return found;
}

/** Those of `known` that the sheet names, with the addresses that it has. */
export async function namedOnSheet(
  { vaults }: Pick<RecoverySheet, 'vaults'>,
  known: readonly { readonly identity: Uint8Array }[],
): Promise<readonly (TrustedVault & SheetVault)[]> {
  const { parseVaultUrl } = await import('@holdfast/client/vaults');
  const found = await Promise.all(
    known.map(async ({ identity }) => {
      const fingerprint = await vaultFingerprint(nodeCrypto, identity);
      const named = vaults.find((vault) => vault.fingerprint === fingerprint);
      return named === undefined ? [] : [{ url: parseVaultUrl(named.url), identity, fingerprint }];
    }),
  );
  return found.flat();
}
