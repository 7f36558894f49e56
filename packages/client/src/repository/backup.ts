/**
 * An open backup: its keys, its newest state, and the way to read blobs of it.
 */
import { fileURLToPath } from 'node:url';
import {
  type DisplacedHead,
  deriveBackupId,
  type Keyring,
  type PackRef,
  type VaultLog,
} from '@holdfast/core/backup-format';
import { equalBytes, toHex } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import type { HoldfastError } from '@holdfast/core/errors';
import type { SignedRotation } from '@holdfast/core/rotation';
import type { Secret } from '@holdfast/core/secret';
import { asDamage } from '../damage.ts';
import { CountingStore, type Store, type StoreCounts } from '../stores/index.ts';
import { type BackupKeys, wipeRootKeys } from './backup-keys.ts';
import { BlobReader } from './blob-reader.ts';
import type { DeviceState, RememberedHead } from './device-state.ts';
import {
  findAnyHead,
  findNewestHead,
  type HeadChainOptions,
  headsDownFrom,
  isSuperseded,
  type NewestHead,
  type VerifiedHead,
} from './head-chain.ts';
import { type HeadProblem, HeadProblems } from './head-problems.ts';
import { KeyringsInUse } from './keyrings-in-use.ts';
import { PackKeyCache } from './pack-key-cache.ts';
import { type BackupState, readKeyring, readState } from './read-state.ts';
import { RecentValues } from './recent-values.ts';
import { assertNotRotated, inForce, readRotations } from './rotations.ts';
import type { SegmentMap } from './segment-map.ts';

/** Times that a state is read which a newer one comes in the way of, before it is given up. */
const REFRESH_ATTEMPTS = 5;
/** Windows of table nodes that are kept, 256 KiB each. */
const NODE_WINDOWS_KEPT = 32;
/** Packs of older epochs whose frames' hashes are kept, 8 KiB at most each. */
const PACKS_HASHED = 1024;
/** Older states that are tried when the newest can't be read. */
const STATES_TRIED = 50;

export interface BackupParts {
  readonly store: Store;
  readonly crypto: CryptoPort;
  readonly keys: BackupKeys;
  readonly device: DeviceState;
}

export class Backup {
  readonly crypto: CryptoPort;
  readonly device: DeviceState;
  readonly #store: CountingStore;
  #keys: BackupKeys;
  #rotations: readonly SignedRotation[] = [];
  #state: BackupState | null = null;
  #newestHead: VerifiedHead | null = null;
  #vaultLogs: readonly VaultLog[] = [];
  #displacedHeads: readonly DisplacedHead[] = [];
  readonly #problems = new HeadProblems();
  readonly #keyrings = new KeyringsInUse();
  readonly #packKeys: PackKeyCache;
  readonly #nodeWindows = new RecentValues<Uint8Array>(NODE_WINDOWS_KEPT);
  readonly #frameHashes = new RecentValues<readonly Uint8Array[]>(PACKS_HASHED);

  constructor({ store, crypto, keys, device }: BackupParts) {
    this.#store = new CountingStore(store);
    this.crypto = crypto;
    this.#packKeys = new PackKeyCache(crypto);
    this.#keys = keys;
    this.device = device;
  }

  get store(): Store {
    return this.#store;
  }

  /** Requests made of the store since the backup was opened. */
  get counts(): StoreCounts {
    return this.#store.counts;
  }

  /** Those of the root key, with what the rotations that were read last say of it. */
  get keys(): BackupKeys {
    return this.#keys;
  }

  /** Of the root key, as the store shows them. */
  get rotations(): readonly SignedRotation[] {
    return this.#rotations;
  }

  /** The backup's public id, 32 bytes. */
  get id(): Uint8Array {
    return this.keys.backupId;
  }

  /** The newest state read. @throws {TypeError} before the first `refresh`. */
  get state(): BackupState {
    return this.#opened(this.#state);
  }

  /** The newest head that verifies; that of the state at hand, unless what it leads to is damaged. */
  get newestHead(): VerifiedHead | null {
    return this.#newestHead;
  }

  /** Ends of vaults' logs that this process saw: what its heads say of them. */
  get vaultLogs(): readonly VaultLog[] {
    return this.#vaultLogs;
  }

  noteVaultLogs(logs: readonly VaultLog[]): void {
    this.#vaultLogs = logs;
  }

  /** What vaults hold and the store does not lead to, and the person goes past: its heads say so. */
  get displacedHeads(): readonly DisplacedHead[] {
    return this.#displacedHeads;
  }

  displaceHeads(heads: readonly DisplacedHead[]): void {
    this.#displacedHeads = heads;
  }

  /** What stands above the state at hand, newest first; empty for a healthy backup. */
  get problems(): readonly HeadProblem[] {
    return this.#problems.all;
  }

  /**
   * Whether the state at hand may not be the newest: another was there, and is damaged. What has a
   * number far above that of any head is no reason.
   */
  get isBehind(): boolean {
    const nextNumber = this.#state?.nextNumber ?? 0;
    return this.#problems.all.some(
      ({ kind, number }) => kind === 'unreadable' || number < nextNumber,
    );
  }

  /** Those of the problems that nobody has taken yet, to tell the person. */
  takeUntold(): readonly HeadProblem[] {
    return this.#problems.takeUntold();
  }

  /** Folders that hold this backup's own key, memory and store: never part of what it backs up. */
  get ownFolders(): readonly string[] {
    const { url } = this.#store;
    const store = url.startsWith('file:') ? [fileURLToPath(url)] : [];
    return [...this.device.ownFolders, ...store];
  }

  /** null while a new backup has no head yet. */
  get stateOrNull(): BackupState | null {
    return this.#state;
  }

  get keyring(): Keyring {
    return this.#opened(this.#keyrings.newest).keyring;
  }

  /** SHA-256 of the keyring object, and so its name. */
  get keyringHash(): Uint8Array {
    return this.#opened(this.#keyrings.newest).hash;
  }

  /** Names chunks; 32 bytes. */
  get chunkNameKey(): Secret {
    return this.#opened(this.#keyrings.newest).chunkNameKey;
  }

  /** Takes a keyring into use, such as that of a new backup. @param hash SHA-256 of its object. */
  async useKeyring(keyring: Keyring, hash: Uint8Array): Promise<void> {
    await this.#keyrings.use(this.crypto, keyring, hash);
  }

  /**
   * Reads the newest head that verifies and what it points to, and remembers it.
   *
   * @returns false when no head is signed by this backup's key.
   * @throws {HoldfastError} `key-rotated`, `backup-missing`, `stale`, `damaged`, `object-missing`,
   *   `format-too-new`.
   */
  async refresh(signal?: AbortSignal): Promise<boolean> {
    this.#rotations = await readRotations(this, signal);
    assertNotRotated(this.#keys, this.#rotations);
    this.#keys = inForce(this.#keys, this.#rotations);
    const options = this.headChain(signal);
    for (let attempt = 1; ; attempt++) {
      const found = await findNewestHead(options, await this.#rememberedHead());
      const { head } = found;
      if (head === null) return false;
      try {
        await this.#take(head, found, [], signal);
        await this.device.rememberHead(head);
        return true;
      } catch (error) {
        const isLast = attempt === REFRESH_ATTEMPTS;
        if (isLast || !(await isSuperseded(options, head.number, error))) throw error;
      }
    }
  }

  /**
   * As `refresh`, but when the newest state can't be read takes the newest that can.
   *
   * @param forCheck Also when the head that this device remembers is damaged, and when no state can
   *   be read at all: then the backup has none.
   */
  async refreshLeniently(forCheck: boolean, signal?: AbortSignal): Promise<boolean> {
    let failure: HoldfastError;
    try {
      return await this.refresh(signal);
    } catch (error) {
      failure = asDamage(error);
    }
    const options = this.headChain(signal);
    const unreadable: HeadProblem[] = [];
    const found = forCheck
      ? await findAnyHead(options)
      : await findNewestHead(options, await this.#rememberedHead());
    if (found.head === null) {
      if (found.unverified.length === 0) throw failure;
      return false;
    }
    const lowest = Math.max(1, found.head.number - STATES_TRIED);
    for await (const head of headsDownFrom(options, found.head, lowest)) {
      try {
        await this.#take(head, found, unreadable, signal);
        if (!forCheck) await this.device.rememberHead(found.head);
        return true;
      } catch (error) {
        unreadable.push({ number: head.number, kind: 'unreadable', error: asDamage(error) });
      }
    }
    const [newest] = unreadable;
    if (!forCheck && newest !== undefined) throw newest.error;
    this.#newestHead = found.head;
    this.#problems.replace([...unverifiedIn(found), ...unreadable]);
    return true;
  }

  /** What reading heads takes. */
  headChain(signal?: AbortSignal): HeadChainOptions {
    const { store, crypto, keys } = this;
    const { headPublicKey, backupId, generation, firstHead } = keys;
    return { store, crypto, headPublicKey, backupId, generation, firstHead, signal };
  }

  /** Goes over to a state that this process has just made. */
  async advanceTo(state: BackupState): Promise<void> {
    this.#state = state;
    this.#newestHead = state.head;
    this.#problems.passOver(state.head.number);
    await this.device.rememberHead(state.head);
  }

  /** Reads blobs of the newest state. @param segments Another index, such as that of a backup under way. */
  reader(signal?: AbortSignal, segments: SegmentMap = this.state.segments): BlobReader {
    const { store, crypto, keyring } = this;
    const caches = {
      keys: this.#packKeys,
      nodeWindows: this.#nodeWindows,
      frameHashes: this.#frameHashes,
    };
    const onDamaged = ({ name }: PackRef) => this.device.noteDamaged([toHex(name)]);
    return new BlobReader({ store, crypto, keyring, ...caches, segments, onDamaged, signal });
  }

  /** Has all tables be read from the store again. */
  forgetTables(): void {
    this.#nodeWindows.clear();
  }

  /** Wipes the keys. The store stays open: who opened it closes it. */
  async close(): Promise<void> {
    wipeRootKeys(this.keys);
    this.#keyrings.wipe();
    await this.#packKeys.wipe();
    this.#nodeWindows.clear();
  }

  /** By this root key; or else by the last before it that this device remembers a head for. */
  async #rememberedHead(): Promise<RememberedHead | null> {
    let remembered = await this.device.rememberedHead();
    if (this.device.onStale !== 'fail') return remembered;
    const seen = new Set<SignedRotation>();
    let { ownerPublicKey } = this.keys;
    while (remembered === null) {
      const from = this.#rotations.find((one) => equalBytes(one.ownerAfter, ownerPublicKey));
      if (from === undefined || seen.has(from)) return null;
      seen.add(from);
      ownerPublicKey = from.ownerBefore;
      const ownId = await deriveBackupId(this.crypto, ownerPublicKey);
      remembered = await this.device.forKey(ownId).rememberedHead();
    }
    return remembered;
  }

  async #take(
    head: VerifiedHead,
    found: NewestHead,
    unreadable: readonly HeadProblem[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { nextNumber } = found;
    const known = this.#state;
    let state = known;
    if (known === null || !equalBytes(known.head.hash, head.hash)) {
      const options = this.headChain(signal);
      // That of a generation before does not open with this root key, and this one has all its keys.
      const isOwn = head.generation === this.keys.generation;
      const hash = (isOwn ? head : (found.head ?? head)).keyringHash;
      const inUse = this.#keyrings.newest;
      if (inUse === null || !equalBytes(inUse.hash, hash)) {
        await this.useKeyring(await readKeyring(options, this.keys, hash), hash);
      }
      const reader = (segments: SegmentMap) => this.reader(signal, segments);
      state = { nextNumber, ...(await readState(options, this.keyring, head, reader)) };
    } else if (known.nextNumber !== nextNumber) state = { ...known, nextNumber };
    this.#newestHead = found.head;
    this.#problems.replace([...unverifiedIn(found), ...unreadable]);
    this.#state = state;
  }

  #opened<Part>(part: Part | null): Part {
    if (part === null) throw new TypeError('"backup" must have been opened');
    return part;
  }
}

function unverifiedIn({ unverified }: NewestHead): HeadProblem[] {
  return unverified.map((one) => ({ ...one, kind: 'unverified' }));
}
