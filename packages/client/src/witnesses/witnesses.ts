/**
 * Vaults that remember the newest head of a backup: whether what the store shows is it, and telling them
 * of the next (spec/vault-protocol.md §12.3).
 */
import { HoldfastError } from '@holdfast/core/errors';
import {
  type AskedWitness,
  askWitnesses,
  clientsOf,
  type EarlierOwner,
  updateWitnesses,
  type VaultClient,
  type Witness,
  type WitnessedHead,
  type WitnessPorts,
} from '@holdfast/core/vault-protocol';
import { linksOf, type VaultsOptions } from '../passwords/ask-vaults.ts';
import { tellPorts } from '../passwords/passwords.ts';
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
  const seen = new Map(
    backup.state.headState.vaultLogs.map((log) => [log.identity.toHex(), log] as const),
  );
  const seenLog = (identity: Uint8Array) => seen.get(identity.toHex()) ?? null;
  const asked = await askKnowing(backup, options, {
    ask: (ports, clients) => askWitnesses(ports, clients, seenLog),
    heldUp: (witness) => ({ ...witness, log: null, isLogGood: true }),
  });
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
  return await askKnowing(backup, options, {
    ask: updateWitnesses,
    heldUp: (witness): Witness => witness,
  });
}

interface Asking<Asked> {
  ask(ports: WitnessPorts, clients: readonly VaultClient[]): Promise<readonly Asked[]>;
  /** What is said of one that stays with an owner before. */
  heldUp(witness: Witness): Asked;
}

/** Vaults that do not know the owner are told of the rotations that they have not heard of, and asked again. */
async function askKnowing<Asked extends Witness>(
  backup: Backup,
  options: WitnessOptions,
  { ask, heldUp }: Asking<Asked>,
): Promise<readonly Asked[]> {
  const { ownerSeed, headPublicKey } = backup.keys;
  const bounded = { timeoutMs: TIMEOUT_MS, ...options, accountCode: null };
  const { context, shelf } = await tellPorts(backup.store, backup.id, options);
  const heads = storeHeads(backup, options.signal);
  const ports = { context, owner: { ownerSeed, headPublicKey }, shelf: heads };
  const asked = await ask(ports, clientsOf(linksOf(bounded), context));
  const before = backup.keys.generation === 0 ? [] : await ownersBefore(backup, options.signal);
  const told = await tellVaultsOwner({ context, shelf }, asked, { before });
  for (const { ownerSeed: unused } of before) unused.wipe();
  const known = told.flatMap((one) => (one.told === 'known' ? [one.client] : []));
  const again = known.length === 0 ? [] : await ask(ports, known);
  return asked.map((one) => {
    const later = again.find(({ client }) => client === one.client);
    const stays = told.find(({ client }) => client === one.client)?.told ?? null;
    return later ?? (stays === null || typeof stays === 'string' ? one : heldUp(stays));
  });
}

/** Whose the backup was. Wipe their seeds. */
export async function ownersBefore(
  backup: Backup,
  signal: AbortSignal | undefined,
): Promise<readonly EarlierOwner[]> {
  const { store, crypto, keyring, rotations, keys, state } = backup;
  const { displacedHeads: displaced } = state.headState;
  return await earlierOwners({ store, crypto, keyring, rotations, keys, displaced }, signal);
}
