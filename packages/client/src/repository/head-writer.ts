/**
 * Putting heads: on top of the newest state, and never on one that may not be the newest, unless that
 * is wanted (spec/head.md §2).
 */
import {
  type HeadState,
  type Keyring,
  type Root,
  sealHeadState,
} from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { type HeadLink, signHead } from '@holdfast/core/head';
import type { Rotation } from '@holdfast/core/rotation';
import { HASH_BYTES } from '@holdfast/core/wire';
import type { Backup } from './backup.ts';
import type { BackupKeys } from './backup-keys.ts';
import { getStart } from './get-start.ts';
import { tryHead } from './head-chain.ts';
import type { HeadProblem } from './head-problems.ts';
import { headName } from './object-names.ts';
import type { BackupState } from './read-state.ts';
import { refuseRotation } from './rotations.ts';
import { joinDisplaced, joinVaultLogs } from './said-of-vaults.ts';
import type { SegmentMap } from './segment-map.ts';

export interface HeadWriterOptions {
  /**
   * Lets the new head follow the newest that verifies although something stands after that which
   * may be a damaged head, and is told of what was passed over.
   */
  readonly passOver?: ((problem: HeadProblem) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a head is signed and sealed with. */
interface HeadKeys {
  readonly keys: BackupKeys;
  readonly keyring: Keyring;
  /** SHA-256 of the keyring object. */
  readonly keyringHash: Uint8Array;
}

export class HeadWriter {
  readonly #backup: Backup;
  readonly #passOver: ((problem: HeadProblem) => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  #bytesSent = 0;

  constructor(backup: Backup, { passOver, signal }: HeadWriterOptions) {
    this.#backup = backup;
    this.#passOver = passOver;
    this.#signal = signal;
  }

  /** Bytes of heads that the store has taken. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /**
   * Puts a head and goes over to its state.
   *
   * @param known Everything that the root's index and the head's own segments lead to.
   * @param under A keyring that comes into use with this head; the one in use when missing.
   * @returns null when another device was first.
   */
  async put(
    base: BackupState | null,
    root: Root,
    { root: rootAddress, segments }: Pick<HeadState, 'root' | 'segments'>,
    known: SegmentMap,
    { keyring, keyringHash }: Omit<HeadKeys, 'keys'> = this.#backup,
  ): Promise<BackupState | null> {
    const { keys } = this.#backup;
    const put = await this.#putSealed(
      base,
      { root: rootAddress, segments },
      { keys, keyring, keyringHash },
    );
    if (put === null) return null;
    const state = { ...put, nextNumber: put.head.number + 1, root, segments: known };
    await this.#backup.advanceTo(state);
    return state;
  }

  /**
   * Puts the first head of the next root key, with the state as it is. It counts for nothing without its
   * certificate, and the backup stays where it is.
   *
   * @returns null when another device was first.
   */
  async putFirst(
    base: BackupState,
    { next, keyring, keyringHash }: { readonly next: BackupKeys } & Omit<HeadKeys, 'keys'>,
  ): Promise<Rotation['firstHead'] | null> {
    const { backupId, generation } = this.#backup.keys;
    const keys = { ...next, backupId, generation: generation + 1 };
    const put = await this.#putSealed(base, base.headState, { keys, keyring, keyringHash });
    return put?.head ?? null;
  }

  /** @returns null when another device was first. */
  async #putSealed(
    base: BackupState | null,
    { root, segments }: Pick<HeadState, 'root' | 'segments'>,
    { keys, keyring, keyringHash }: HeadKeys,
  ): Promise<Pick<BackupState, 'head' | 'headState'> | null> {
    const backup = this.#backup;
    const { crypto, device, store } = backup;
    if (!(await this.closePassedOver())) return null;
    const link: HeadLink = {
      backupId: keys.backupId,
      generation: keys.generation,
      number: base?.nextNumber ?? 1,
      previousHash: backup.newestHead?.hash ?? new Uint8Array(HASH_BYTES),
      keyringHash,
      epoch: keyring.newestEpoch,
    };
    const headState = {
      atMs: Date.now(),
      deviceId: device.deviceId,
      root,
      segments,
      vaultLogs: joinVaultLogs(backup.vaultLogs, base?.headState.vaultLogs ?? []),
      displacedHeads: joinDisplaced(base?.headState.displacedHeads ?? [], backup.displacedHeads),
    };
    const head = await sealHeadState(crypto, keyring, link, headState);
    const object = await signHead(crypto, keys.headSeed, head);
    const name = headName(link.number);
    if ((await store.put(name, object, { signal: this.#signal })) === 'exists') {
      // An answer that was lost on the way looks like another device's head.
      const there = await getStart(store, name, object.length, this.#signal);
      if (there === null || !equalBytes(there, object)) return null;
    }
    this.#bytesSent += object.length;
    for (const problem of backup.takeUntold()) this.#passOver?.(problem);
    return { head: { ...head, hash: await crypto.sha256(object) }, headState };
  }

  /** Nothing is put on top of a state that may not be the newest, unless that is wanted. */
  assertNewest(): void {
    const { problems, isBehind } = this.#backup;
    const isUnreadable = problems.some(({ kind }) => kind === 'unreadable');
    if (!isUnreadable && (this.#passOver !== undefined || !isBehind)) return;
    const [newest] = problems;
    const state = `the newest, head ${newest?.number}, can not be read`;
    const advice = isUnreadable ? '' : '; a backup goes past it';
    const message = `Cannot write a new state: ${state}${advice}`;
    const details = newest?.error.details ?? {};
    throw new HoldfastError('damaged', message, { cause: newest?.error, details });
  }

  /**
   * Sees to it that what is passed over stays so: no rotation can begin with it any more.
   *
   * @returns false when it can be read now: a store may answer wrongly for once.
   * @throws {HoldfastError} `key-rotated` when a rotation has begun with it.
   */
  async closePassedOver(): Promise<boolean> {
    const options = this.#backup.headChain(this.#signal);
    const nextNumber = this.#backup.stateOrNull?.nextNumber ?? 0;
    for (const { number, kind } of this.#backup.problems) {
      if (kind === 'unreadable' || number >= nextNumber) continue;
      if ('hash' in (await tryHead(options, number))) return false;
      await refuseRotation(this.#backup, number, this.#signal);
    }
    return true;
  }
}
