/**
 * Passwords of a backup, over the vaults that the person trusts (spec/vault-protocol.md §12).
 */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import type { Secret } from '@holdfast/core/secret';
import {
  ARGON2ID_DEFAULT,
  type ClientContext,
  type OwnerKeys,
  PASSWORD_SALT_BYTES,
  type RecoveredKey,
  type ReplacedPassword,
  recoverByPassword,
  type SetPassword,
  type Survey,
  setPassword,
  stretchPassword,
  surveyVaults,
  VaultClient,
} from '@holdfast/core/vault-protocol';
import { deriveBackupKeys } from '../repository/backup-keys.ts';
import type { Store } from '../stores/store.ts';
import { makeVaultLink, type TrustedVault, type VaultHttpOptions } from '../vaults/index.ts';
import { storeShelf } from './store-shelf.ts';

export interface VaultsOptions extends VaultHttpOptions {
  readonly vaults: readonly TrustedVault[];
  /** 16 bytes; needed for guesses, and for a first password. */
  readonly accountCode: Secret | null;
  readonly now?: () => number;
}

export interface RecoverKeyOptions extends VaultsOptions {
  /** Of the backup that the person means: from the recovery sheet, or what this device remembers. */
  readonly backupId: Uint8Array;
  /** How many vaults must take part, as the sheet says. */
  readonly minimumT: number;
  readonly password: string;
  /** Of the record to try; the newest when missing. */
  readonly version?: number;
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
  const { backupId, minimumT, password, version, signal } = options;
  return await recoverByPassword(
    {
      context: contextOf(backupId, options),
      links: linksOf(options),
      shelf: storeShelf(store, signal),
      stretch: ({ salt, argon2id }) => stretchPassword(nodeCrypto, password, salt, argon2id),
      deriveOwner: deriveOwnerKeys,
    },
    { minimumT, ...(version === undefined ? {} : { version }) },
  );
}

export interface SetNewPasswordOptions extends VaultsOptions {
  readonly rootKey: Secret;
  readonly password: string;
  /** How many of the vaults will suffice. */
  readonly t: number;
  /** The password that this one replaces, when it was typed and worked. */
  readonly replaced: ReplacedPassword | null;
}

/** @throws {HoldfastError} as `setPassword` of the protocol; what the store throws. */
export async function setNewPassword(
  store: Store,
  options: SetNewPasswordOptions,
): Promise<SetPassword> {
  const { rootKey, password, t, replaced, signal } = options;
  const owner = await deriveOwnerKeys(rootKey);
  const salt = nodeCrypto.randomBytes(PASSWORD_SALT_BYTES);
  const stretched = await stretchPassword(nodeCrypto, password, salt, ARGON2ID_DEFAULT);
  try {
    const context = contextOf(owner.backupId, options);
    const ports = { context, links: linksOf(options), shelf: storeShelf(store, signal) };
    const made = { stretched, salt, argon2id: ARGON2ID_DEFAULT, t, replaced };
    return await setPassword(ports, owner, made);
  } finally {
    stretched.wipe();
    owner.ownerSeed.wipe();
  }
}

/**
 * How the vaults stand, as the owner asks; delivers what an interrupted change left undelivered.
 * Spends nothing.
 */
export async function surveyAsOwner(
  store: Store,
  rootKey: Secret,
  options: VaultsOptions,
): Promise<Survey> {
  const owner = await deriveOwnerKeys(rootKey);
  try {
    const context = contextOf(owner.backupId, options);
    const clients = linksOf(options).map((link) => new VaultClient(link, context));
    const seed = owner.ownerSeed.bytes();
    return await surveyVaults(context, clients, storeShelf(store, options.signal), { seed });
  } finally {
    owner.ownerSeed.wipe();
  }
}

async function deriveOwnerKeys(rootKey: Secret): Promise<OwnerKeys> {
  const keys = await deriveBackupKeys(nodeCrypto, rootKey);
  for (const unused of [keys.headSeed, keys.providerAuthSeed, keys.keyringKey]) unused.wipe();
  const { ownerSeed, ownerPublicKey, headPublicKey, backupId } = keys;
  return { rootKey, ownerSeed, ownerPublicKey, headPublicKey, backupId };
}

function contextOf(backupId: Uint8Array, { now = Date.now }: VaultsOptions): ClientContext {
  return { crypto: nodeCrypto, now, backupId };
}

function linksOf(options: VaultsOptions) {
  return options.vaults.map((vault) => makeVaultLink(vault, options.accountCode, options));
}
