/**
 * Passwords of a backup, over the vaults that the person trusts (spec/vault-protocol.md §12).
 */
import { setTimeout } from 'node:timers/promises';
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import type { Rotation } from '@holdfast/core/rotation';
import type { Secret } from '@holdfast/core/secret';
import {
  ARGON2ID_DEFAULT,
  type Authority,
  type ClientContext,
  clientsOf,
  findNamedVaults,
  isEnough,
  PASSWORD_SALT_BYTES,
  type Patience,
  type RecoveredKey,
  type RecoverOptions,
  type RecoveryEvent,
  type ReplacedPassword,
  recoverByPassword,
  type SetPassword,
  type Survey,
  setPassword,
  stretchPassword,
  surveyVaults,
  type TellPorts,
  type VaultClient,
} from '@holdfast/core/vault-protocol';
import { readRotations } from '../repository/rotations.ts';
import type { Store } from '../stores/store.ts';
import { contextOf, linksOf, type VaultsOptions } from './ask-vaults.ts';
import { deriveOwner, identifyOwner, laterOwners, wipeOwner } from './identify-owner.ts';
import { storeShelf } from './store-shelf.ts';
import { tellVaultsOwner } from './tell-vaults-owner.ts';

export interface RecoverKeyOptions extends VaultsOptions {
  /** Of the backup that the person means: from the recovery sheet, or what this device remembers. */
  readonly backupId: Uint8Array;
  /** How many vaults must take part, as the sheet says. */
  readonly minimumT: number;
  readonly password: string;
  /** Of the record to try; the newest when missing. */
  readonly version?: number;
  /** Must not throw. */
  readonly onEvent?: (event: RecoveryEvent) => void;
}

/**
 * Brings the root key back.
 *
 * @throws {HoldfastError} as `recoverByPassword` of the protocol; what the store throws.
 */
export async function recoverRootKey(
  store: Store,
  options: RecoverKeyOptions,
): Promise<RecoveredKey> {
  const { backupId, minimumT, password, version, onEvent, signal } = options;
  const run = boundRun(options);
  try {
    const rotations = await readRotations({ store, crypto: nodeCrypto }, signal);
    const recovered = await recoverByPassword(
      {
        context: await contextAfter(rotations, backupId, options),
        rotations,
        links: linksOf({ ...options, signal: run.signal }),
        shelf: storeShelf(store, signal),
        stretch: ({ salt, argon2id }) => stretchPassword(nodeCrypto, password, salt, argon2id),
        deriveOwner: (rootKey) => deriveOwner(rootKey, rotations),
        sleep: run.sleep,
        onEvent: (event) => run.signal.aborted || onEvent?.(event),
      },
      { minimumT, version },
    );
    return { ...recovered, reports: recovered.reports.finally(run.end) };
  } catch (error) {
    run.end();
    throw error;
  }
}

export interface SetNewPasswordOptions extends VaultsOptions {
  readonly rootKey: Secret;
  readonly password: string;
  /** How many of the vaults will suffice. */
  readonly t: number;
  /** The password that this one replaces, when it was typed and worked. */
  readonly replaced: ReplacedPassword | null;
  /** Called before the first thing that counts: until then, nothing happened. */
  readonly onCommitting?: () => void;
}

/** @throws {HoldfastError} as `setPassword` of the protocol; what the store throws. */
export async function setNewPassword(
  store: Store,
  options: SetNewPasswordOptions,
): Promise<SetPassword> {
  const { rootKey, password, t, replaced, accountCode, onCommitting, signal } = options;
  const owner = await identifyOwner(store, rootKey, signal);
  using _wiped = { [Symbol.dispose]: () => wipeOwner(owner) };
  // A sheet that could not bring a new device to the records would be worth nothing.
  if (accountCode !== null) await store.account?.admitRecovery(accountCode, { signal });
  const salt = nodeCrypto.randomBytes(PASSWORD_SALT_BYTES);
  using stretched = await stretchPassword(nodeCrypto, password, salt, ARGON2ID_DEFAULT);
  const ports = {
    context: await recordContext(store, owner.backupId, options),
    links: linksOf(options),
    shelf: storeShelf(store, signal),
    ...(onCommitting && { onCommitting }),
  };
  const made = { stretched, salt, argon2id: ARGON2ID_DEFAULT, t, replaced };
  return await setPassword(ports, owner, made);
}

/**
 * How the vaults stand, as the owner asks; delivers what an interrupted change left undelivered, and rotations
 * that a vault has not heard of: one that stays with an owner before has the reason as its failure, and how it
 * stands for them as its status.
 * Spends nothing.
 */
export async function surveyAsOwner(
  store: Store,
  rootKey: Secret,
  options: VaultsOptions,
): Promise<Survey> {
  const owner = await identifyOwner(store, rootKey, options.signal);
  try {
    const ask = () => survey(store, owner.backupId, options, { seed: owner.ownerSeed.bytes() });
    const first = await ask();
    const ports = await tellPorts(store, owner.backupId, options);
    const told = await tellVaultsOwner(ports, first.vaults, owner);
    const next = told.some((one) => one.told === 'known') ? await ask() : first;
    const vaults = next.vaults.map((asked) => {
      const heldUp = told.find(({ client }) => isSameVault(client, asked.client))?.told ?? null;
      return heldUp === null || typeof heldUp === 'string'
        ? asked
        : { ...asked, status: heldUp.status, failure: heldUp.failure };
    });
    return { ...next, vaults };
  } finally {
    wipeOwner(owner);
  }
}

/**
 * The same for a device that has no key yet, by the account code; waits for no more vaults than a recovery
 * needs.
 */
export async function surveyByCode(
  store: Store,
  backupId: Uint8Array,
  options: VaultsOptions & RecoverOptions,
): Promise<Survey> {
  const run = boundRun(options);
  try {
    const patience = { sleep: run.sleep, isEnough: isEnough(options) };
    const bound = { ...options, signal: run.signal };
    return await survey(store, backupId, bound, { scope: 'guess' }, patience);
  } finally {
    run.end();
  }
}

async function survey(
  store: Store,
  backupId: Uint8Array,
  options: VaultsOptions,
  authority: Authority,
  patience: Patience | null = null,
): Promise<Survey> {
  const context = await recordContext(store, backupId, options);
  const clients = clientsOf(linksOf(options), context);
  const shelf = storeShelf(store, options.signal);
  return await surveyVaults(context, clients, shelf, authority, patience);
}

/** What telling vaults of rotations takes. */
export async function tellPorts(
  store: Store,
  backupId: Uint8Array,
  options: Pick<VaultsOptions, 'now' | 'signal'>,
): Promise<TellPorts> {
  const context = await recordContext(store, backupId, options);
  return { context, shelf: storeShelf(store, options.signal) };
}

/** With the owners whose records count. */
async function recordContext(
  store: Store,
  backupId: Uint8Array,
  options: Pick<VaultsOptions, 'now' | 'signal'>,
): Promise<ClientContext> {
  const rotations = await readRotations({ store, crypto: nodeCrypto }, options.signal);
  return await contextAfter(rotations, backupId, options);
}

async function contextAfter(
  rotations: readonly Rotation[],
  backupId: Uint8Array,
  options: Pick<VaultsOptions, 'now'>,
): Promise<ClientContext> {
  const later = await laterOwners(rotations, backupId);
  return { ...contextOf(backupId, options), laterOwners: later };
}

function isSameVault(a: VaultClient, b: VaultClient): boolean {
  return equalBytes(a.link.identity, b.link.identity);
}

/** Identities of all vaults that password records in the store name. Asks no vault. */
export async function namedVaults(
  store: Store,
  backupId: Uint8Array,
  { signal }: Pick<VaultsOptions, 'signal'>,
): Promise<readonly Uint8Array[]> {
  const context = await recordContext(store, backupId, { signal });
  return await findNamedVaults(context, storeShelf(store, signal));
}

interface BoundRun {
  /** Aborted at the end, too: what is under way then is given up. */
  readonly signal: AbortSignal;
  readonly sleep: (ms: number) => Promise<void>;
  readonly end: () => void;
}

function boundRun({ signal }: VaultsOptions): BoundRun {
  const ending = new AbortController();
  const both = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
  return {
    signal: both,
    sleep: async (ms) => await setTimeout(ms, undefined, { signal: both }).catch(() => undefined),
    end: () => ending.abort(),
  };
}
