/**
 * A new password in the making, without IO: elements for the vaults to evaluate, then the record and
 * its certificate (spec/vault-protocol.md §12.1, steps 1 and 2).
 */
import { equalBytes } from '../../bytes/index.ts';
import type { Argon2idParameters, CryptoPort } from '../../crypto/index.ts';
import { signRecoveryRecord } from '../../recovery-record/index.ts';
import { Secret } from '../../secret/index.ts';
import { HASH_BYTES } from '../../wire/index.ts';
import { ID_BYTES, SHARE_BYTES } from '../limits.ts';
import {
  type CertifiedRecord,
  deriveProofSeed,
  encodePasswordBody,
  type RecordVault,
  type RequestBodies,
  signCertificate,
} from '../messages/index.ts';
import { blindInput, finalizeOutput } from '../oprf.ts';
import { maskShare, type Share, splitSecret } from '../shares.ts';
import type { EarlierOwner } from './tell-owner.ts';

/** Keys that follow from the root key, of the owner of the backup. */
export interface OwnerKeys {
  readonly rootKey: Secret;
  readonly backupId: Uint8Array;
  /** Ed25519 seed, 32 bytes. */
  readonly ownerSeed: Secret;
  readonly ownerPublicKey: Uint8Array;
  readonly headPublicKey: Uint8Array;
  /** Whose the backup was before its root key was changed, oldest first; nobody's when missing. */
  readonly before?: readonly EarlierOwner[];
}

/** The password that is replaced. */
export interface ReplacedPassword {
  readonly recordHash: Uint8Array;
  /** Of its proof key; null when the password was not typed. */
  readonly proofSeed: Secret | null;
}

export interface PasswordSetting {
  /** The new password after Argon2id, 32 bytes. */
  readonly stretched: Secret;
  readonly salt: Uint8Array;
  readonly argon2id: Argon2idParameters;
  readonly t: number;
  /** Identities of all vaults of the new record. */
  readonly vaults: readonly Uint8Array[];
  readonly version: number;
}

interface Part {
  readonly identity: Uint8Array;
  readonly share: Share;
  readonly blind: Uint8Array;
  readonly stage: Omit<RequestBodies['stage'], 'account'>;
  vault: RecordVault | null;
}

export class Setting {
  readonly #crypto: CryptoPort;
  readonly #setting: PasswordSetting;
  readonly #secret: Secret;
  readonly #parts: readonly Part[];

  constructor(
    crypto: CryptoPort,
    setting: PasswordSetting,
    secret: Secret,
    shares: readonly Share[],
  ) {
    this.#crypto = crypto;
    this.#setting = setting;
    this.#secret = secret;
    this.#parts = shares.map((share, i) => {
      const identity = setting.vaults[i];
      if (identity === undefined) throw new RangeError('"shares" must be one for each vault');
      const { blind, element } = blindInput(setting.stretched.bytes(), (n) =>
        crypto.randomBytes(n),
      );
      const stageId = crypto.randomBytes(ID_BYTES);
      const stage = { stageId, version: setting.version, element };
      return { identity, share, blind, stage, vault: null };
    });
  }

  /** What to stage at this vault, the same however often it is asked. */
  stageFor(identity: Uint8Array): Omit<RequestBodies['stage'], 'account'> {
    return this.#partOf(identity).stage;
  }

  /**
   * @param element What the vault answered, 33 bytes.
   * @throws {HoldfastError} `damaged` when it is none.
   */
  async takeStaged(identity: Uint8Array, recordId: Uint8Array, element: Uint8Array): Promise<void> {
    const part = this.#partOf(identity);
    const output = finalizeOutput(this.#setting.stretched.bytes(), part.blind, element);
    const { place, bytes } = part.share;
    const of = { identity, recordId };
    const maskedShare = await maskShare(this.#crypto, bytes, output, of);
    output.fill(0);
    part.vault = { ...of, place, maskedShare };
  }

  /** The record and its certificate, once all vaults have answered. */
  async finish(
    { rootKey, ownerSeed, ownerPublicKey, backupId }: OwnerKeys,
    replaced: ReplacedPassword | null,
  ): Promise<CertifiedRecord & { readonly recordHash: Uint8Array }> {
    const crypto = this.#crypto;
    const { salt, argon2id, t, version } = this.#setting;
    const vaults = this.#parts.flatMap(({ vault }) => vault ?? []);
    if (vaults.length < this.#parts.length) throw new TypeError('"vaults" must all have answered');
    const proofSeed = await deriveProofSeed(crypto, this.#secret);
    const proofPublicKey = await crypto.ed25519PublicKey(proofSeed.bytes());
    proofSeed.wipe();
    const previousHash = replaced?.recordHash ?? new Uint8Array(HASH_BYTES);
    const frame = { version, backupId, ownerPublicKey, previousHash };
    const method = { salt, argon2id, t, proofPublicKey, vaults };
    const body = await encodePasswordBody(crypto, frame, method, this.#secret, rootKey);
    const record = await signRecoveryRecord(crypto, ownerSeed, {
      ...frame,
      method: 'password',
      body,
    });
    const recordHash = await crypto.sha256(record);
    const oldProof = replaced?.proofSeed ?? null;
    const proofOf = oldProof === null ? null : previousHash;
    const commit = { backupId, version, recordHash, proofOf };
    const certificate = await signCertificate(crypto, commit, ownerSeed, oldProof);
    return { record, certificate, recordHash };
  }

  wipe(): void {
    this.#secret.wipe();
    for (const { blind, share } of this.#parts) {
      blind.fill(0);
      share.bytes.fill(0);
    }
  }

  #partOf(identity: Uint8Array): Part {
    const part = this.#parts.find((other) => equalBytes(other.identity, identity));
    if (part === undefined) throw new RangeError('"identity" must be of a vault of the setting');
    return part;
  }
}

/** Draws the secret, and splits it. */
export async function beginSetting(crypto: CryptoPort, setting: PasswordSetting): Promise<Setting> {
  const secret = new Secret(crypto.randomBytes(SHARE_BYTES));
  const shares = await splitSecret(secret.bytes(), setting.vaults.length, setting.t);
  return new Setting(crypto, setting, secret, shares);
}
