/**
 * Vaults that remember the newest head of a backup: whether what the store shows is it, and telling them
 * of the next (spec/vault-protocol.md §12.3).
 */
import { HoldfastError } from '@holdfast/core/errors';
import {
  type AskedWitness,
  askWitnesses,
  clientsOf,
  updateWitnesses,
  type VaultClient,
  type Witness,
  type WitnessedHead,
  type WitnessPorts,
} from '@holdfast/core/vault-protocol';
import { contextOf, linksOf, type VaultsOptions } from '../passwords/ask-vaults.ts';
import { tellVaultsOwner } from '../passwords/tell-vaults-owner.ts';
import type { Backup } from '../repository/backup.ts';
import { earlierOwners } from '../repository/earlier-owners.ts';
import { storeHeads } from './store-heads.ts';

export type WitnessOptions = Omit<VaultsOptions, 'accountCode'>;

/** How long a vault that does not answer holds up what it is asked for. */
const TIMEOUT_MS = 5000;

/**
 * Asks vaults how their newest head stands to that of the store, and has the heads that are written from
 * now on say how far the vaults' logs had come. Spends nothing.
 *
 * @throws {HoldfastError} what the store throws; of vaults nothing.
 */
export async function compareWithWitnesses(
  backup: Backup,
  options: WitnessOptions,
): Promise<readonly AskedWitness[]> {
  const { ports, clients } = await reach(backup, options);
  const seen = new Map(
    backup.state.headState.vaultLogs.map((log) => [log.identity.toHex(), log] as const),
  );
  const asked = await askWitnesses(
    ports,
    clients,
    (identity) => seen.get(identity.toHex()) ?? null,
  );
  backup.noteVaultLogs(
    asked.flatMap(({ client, log }) =>
      log === null || log.number === 0 ? [] : [{ ...log, identity: client.link.identity }],
    ),
  );
  return asked;
}

/**
 * Takes it that the person goes past what vaults hold and the store does not lead to: the heads that are
 * written from now on say so, and vaults that hold one of those are re-based when they are told.
 *
 * @returns What that is.
 */
export function goPast(backup: Backup, witnesses: readonly Witness[]): readonly WitnessedHead[] {
  const heads = new Map<string, WitnessedHead>();
  for (const { standing, status } of witnesses) {
    if (standing === 'elsewhere' && status?.head) heads.set(status.head.hash.toHex(), status.head);
  }
  backup.displaceHeads([...heads.values()]);
  return backup.displacedHeads;
}

/** What is wrong when a vault holds a head which the store's newest does not follow: `stale`; else null. */
export function staleError(backup: Backup, witnesses: readonly Witness[]): HoldfastError | null {
  const found = witnesses.find(({ standing }) => standing === 'elsewhere');
  const head = found?.status?.head;
  if (found === undefined || !head) return null;
  const shown = backup.newestHead?.number ?? 0;
  const vault = `the vault at ${found.client.link.name}`;
  const state =
    head.number > shown
      ? `it shows state ${shown}, but ${vault} holds state ${head.number}`
      : `it shows another history than ${vault} holds, up to state ${head.number}`;
  return new HoldfastError('stale', `Cannot trust this store: ${state}`);
}

/**
 * Shows vaults the newest head, and those before it that they lack.
 *
 * @returns How they stand then.
 * @throws {HoldfastError} what the store throws; of vaults nothing.
 */
export async function tellWitnesses(
  backup: Backup,
  options: WitnessOptions,
): Promise<readonly Witness[]> {
  const { ports, clients } = await reach(backup, options);
  return await updateWitnesses(ports, clients);
}

/** Vaults that have not heard of a rotation are told first. */
async function reach(
  backup: Backup,
  options: WitnessOptions,
): Promise<{ readonly ports: WitnessPorts; readonly clients: readonly VaultClient[] }> {
  const context = contextOf(backup.id, options);
  const bounded = { timeoutMs: TIMEOUT_MS, ...options, accountCode: null };
  const links = linksOf(bounded);
  const { ownerSeed, headPublicKey } = backup.keys;
  const before = await earlierOwners(backup, options.signal);
  await tellVaultsOwner({ backupId: backup.id, ownerSeed, before }, bounded);
  for (const earlier of before) earlier.ownerSeed.wipe();
  const shelf = storeHeads(backup, options.signal);
  const ports = { context, owner: { ownerSeed, headPublicKey }, shelf };
  return { ports, clients: clientsOf(links, context) };
}
