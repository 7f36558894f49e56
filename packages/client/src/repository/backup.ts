/**
 * An open backup: its keys, its newest state, and the way to read blobs of it.
 */
import { fileURLToPath } from 'node:url';
import {
  decodeRoot,
  decodeSegment,
  deriveBackupId,
  deriveChunkNameKey,
  deriveRootKeys,
  type HeadState,
  type Keyring,
  openHeadState,
  openKeyring,
  type Root,
  type RootKeys,
} from '@holdfast/core/backup-format';
import { equalBytes, toHex } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import { CountingStore, type Store, type StoreCounts } from '../stores/index.ts';
import { type ReadBlob, TableCursor } from '../table/index.ts';
import { BlobReader } from './blob-reader.ts';
import type { DeviceState } from './device-state.ts';
import { isSuperseded, readNewestHead, type VerifiedHead } from './head-chain.ts';
import { keyringName } from './object-names.ts';
import { SegmentMap } from './segment-map.ts';

/** Times that a state is read which a newer one comes in the way of, before it is given up. */
const REFRESH_ATTEMPTS = 5;

/** A state of the backup, as one head gives it. */
export interface BackupState {
  readonly head: VerifiedHead;
  readonly headState: HeadState;
  readonly root: Root;
  readonly segments: SegmentMap;
}

/** Keys of a backup, as far as the root key alone gives them. */
export interface BackupKeys extends RootKeys {
  readonly ownerPublicKey: Uint8Array;
  readonly headPublicKey: Uint8Array;
  readonly backupId: Uint8Array;
}

export async function deriveBackupKeys(crypto: CryptoPort, rootKey: Secret): Promise<BackupKeys> {
  const keys = await deriveRootKeys(crypto, rootKey);
  const ownerPublicKey = await crypto.ed25519PublicKey(keys.ownerSeed.bytes());
  const headPublicKey = await crypto.ed25519PublicKey(keys.headSeed.bytes());
  const backupId = await deriveBackupId(crypto, ownerPublicKey);
  return { ...keys, ownerPublicKey, headPublicKey, backupId };
}

export interface BackupParts {
  readonly store: Store;
  readonly crypto: CryptoPort;
  readonly keys: BackupKeys;
  readonly device: DeviceState;
}

export class Backup {
  readonly crypto: CryptoPort;
  readonly keys: BackupKeys;
  readonly device: DeviceState;
  readonly #store: CountingStore;
  #state: BackupState | null = null;
  #keyring: Keyring | null = null;
  #keyringHash: Uint8Array | null = null;
  #chunkNameKey: Secret | null = null;

  constructor({ store, crypto, keys, device }: BackupParts) {
    this.#store = new CountingStore(store);
    this.crypto = crypto;
    this.keys = keys;
    this.device = device;
  }

  get store(): Store {
    return this.#store;
  }

  /** Requests made of the store since the backup was opened. */
  get counts(): StoreCounts {
    return this.#store.counts;
  }

  /** The backup's public id, 32 bytes. */
  get id(): Uint8Array {
    return this.keys.backupId;
  }

  /** The newest state read. @throws {TypeError} before the first `refresh`. */
  get state(): BackupState {
    return this.#opened(this.#state);
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
    return this.#opened(this.#keyring);
  }

  /** SHA-256 of the keyring object, and so its name. */
  get keyringHash(): Uint8Array {
    return this.#opened(this.#keyringHash);
  }

  /** Names chunks; 32 bytes. */
  get chunkNameKey(): Secret {
    return this.#opened(this.#chunkNameKey);
  }

  /** Takes a keyring into use, such as that of a new backup. @param hash SHA-256 of its object. */
  async useKeyring(keyring: Keyring, hash: Uint8Array): Promise<void> {
    this.#keyring = keyring;
    this.#keyringHash = hash;
    const [firstEpochKey] = keyring.epochKeys;
    this.#chunkNameKey = await deriveChunkNameKey(this.crypto, firstEpochKey as Secret);
  }

  /**
   * Reads the newest head and what it points to, and remembers it.
   *
   * @returns false when the newest head is not signed by this backup's key.
   * @throws {HoldfastError} `backup-missing`, `stale`, `damaged`, `object-missing`.
   */
  async refresh(signal?: AbortSignal): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      const head = await this.#readHead(signal);
      if (head === null) return false;
      if (this.#state !== null && equalBytes(this.#state.head.hash, head.hash)) return true;
      try {
        const known = this.#keyringHash;
        if (known === null || !equalBytes(known, head.keyringHash)) {
          await this.#readKeyring(head.keyringHash, signal);
        }
        await this.adopt(await this.#readState(head, signal));
        return true;
      } catch (error) {
        const isLast = attempt === REFRESH_ATTEMPTS;
        if (isLast || !(await isSuperseded(this.store, head.number, error, signal))) throw error;
      }
    }
  }

  /** Takes a state into use that this process has just made. */
  async adopt(state: BackupState): Promise<void> {
    this.#state = state;
    await this.device.rememberHead(state.head);
  }

  /** Reads blobs of the newest state. @param segments Another index, such as that of a backup under way. */
  reader(signal?: AbortSignal, segments: SegmentMap = this.state.segments): BlobReader {
    const { store, crypto, keyring } = this;
    return new BlobReader({ store, crypto, keyring, segments, signal });
  }

  /** Wipes the keys. The store stays open: who opened it closes it. */
  async close(): Promise<void> {
    for (const key of [this.keys.ownerSeed, this.keys.providerAuthSeed, this.keys.headSeed]) {
      key.wipe();
    }
    this.keys.keyringKey.wipe();
    this.#keyring?.wipe();
    this.#chunkNameKey?.wipe();
  }

  async #readHead(signal: AbortSignal | undefined): Promise<VerifiedHead | null> {
    const { store, crypto, keys, device } = this;
    const options = { store, crypto, headPublicKey: keys.headPublicKey, signal };
    const head = await readNewestHead(options, await device.rememberedHead());
    if (head !== null && !equalBytes(head.backupId, keys.backupId)) {
      throw new HoldfastError('damaged', 'Cannot open the backup: its head is of another backup');
    }
    return head;
  }

  async #readKeyring(hash: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const name = keyringName(hash);
    const object = await this.store.get(name, { signal });
    if (object === null) {
      throw new HoldfastError('object-missing', 'Cannot read the keyring: it is not in the store', {
        details: { objectName: name },
      });
    }
    if (!equalBytes(await this.crypto.sha256(object), hash)) {
      throw new HoldfastError(
        'damaged',
        'Cannot read the keyring: its bytes are not those written',
        {
          details: { objectName: name },
        },
      );
    }
    const { keyringKey, backupId } = this.keys;
    await this.useKeyring(await openKeyring(this.crypto, keyringKey, backupId, object), hash);
  }

  async #readState(head: VerifiedHead, signal: AbortSignal | undefined): Promise<BackupState> {
    const headState = await openHeadState(this.crypto, this.keyring, head);
    const segments = new SegmentMap();
    for (const segment of headState.segments) segments.add(segment);
    const { read } = this.reader(signal, segments);
    const root = decodeRoot(await read(headState.root));
    await addIndex(read, root, segments);
    return { head, headState, root, segments };
  }

  #opened<Part>(part: Part | null): Part {
    if (part === null) throw new TypeError('"backup" must have been opened');
    return part;
  }
}

/**
 * Adds the index's segments. A layer lies in packs that the head or a newer layer names, so layers
 * are read newest first; what a newer one says of a key, be it that it is gone, stands.
 */
async function addIndex(read: ReadBlob, root: Root, segments: SegmentMap): Promise<void> {
  const decided = new Set<string>();
  for (const layer of root.index.toReversed()) {
    const cursor = new TableCursor(read, [layer], { tombstones: true });
    for (let entry = await cursor.next(); entry !== null; entry = await cursor.next()) {
      const key = toHex(entry.key);
      if (decided.has(key)) continue;
      decided.add(key);
      if (entry.value.length > 0) segments.add(decodeSegment(entry.key.slice(), entry.value));
    }
  }
}
