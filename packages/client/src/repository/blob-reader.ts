/**
 * Reads blobs: address → packs → frames → plaintext.
 *
 * Table nodes are read around 256 KiB at a time and kept for a while, because what is read next
 * stands close by; data is read as far as needed.
 */
import {
  type Address,
  decompressBlob,
  FRAME_BYTES,
  forEachStretch,
  frameOfContent,
  type Keyring,
  openFrames,
  type PackKeys,
  type PackRef,
  packBytes,
  packFrames,
} from '@holdfast/core/backup-format';
import { equalBytes, toHex } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { HoldfastError } from '@holdfast/core/errors';
import { isDamage } from '../damage.ts';
import type { Store } from '../stores/store.ts';
import { getStart } from './get-start.ts';
import { packName } from './object-names.ts';
import type { PackKeyCache } from './pack-key-cache.ts';
import { RecentValues } from './recent-values.ts';
import type { PackRange, SegmentMap } from './segment-map.ts';

/** Frames that are fetched together when a node is read: 256 KiB. */
const READ_AHEAD_FRAMES = 4;
/** Windows of data that are kept, of up to 1 MiB each. */
const WINDOWS_KEPT = 8;
const NO_HASH = new Uint8Array(0);

export interface BlobReaderOptions {
  readonly store: Store;
  readonly crypto: CryptoPort;
  readonly keyring: Keyring;
  /** Outlives the reader. */
  readonly keys: PackKeyCache;
  /** Where table nodes were found; outlives the reader. */
  readonly nodeWindows: RecentValues<Uint8Array>;
  /** SHA-256 of each frame of packs of older epochs, whose names were compared; outlives the reader. */
  readonly frameHashes: RecentValues<readonly Uint8Array[]>;
  readonly segments: SegmentMap;
  /** Told of each pack whose bytes turn out not to be those written. */
  readonly onDamaged: (pack: PackRef) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

export class BlobReader {
  readonly #options: BlobReaderOptions;
  /** Frames with plaintext in the place of their ciphertext. */
  readonly #windows = new RecentValues<Uint8Array>(WINDOWS_KEPT);

  constructor(options: BlobReaderOptions) {
    this.#options = options;
  }

  /** The plaintext of a blob. @throws {HoldfastError} `damaged` or `object-missing`. */
  read = async (address: Address): Promise<Uint8Array> => {
    const stored = await this.#readStored(address);
    try {
      return await decompressBlob(this.#options.crypto, address, stored);
    } catch (error) {
      const { segments } = this.#options;
      const ranges = segments.resolve(address.stream, address.offset, address.storedBytes);
      for (const { pack } of ranges) await this.#tellDamaged(pack, error);
      throw error;
    }
  };

  async #readStored(address: Address): Promise<Uint8Array> {
    const { stream, offset, storedBytes } = address;
    const stored = new Uint8Array(storedBytes);
    let at = 0;
    for (const range of this.#options.segments.resolve(stream, offset, storedBytes)) {
      await this.#copyBlob(range, address.kind === 'node', stored.subarray(at));
      at += range.lengthBytes;
    }
    return stored;
  }

  /** Reads a run of a pack's content. */
  async readContent(range: PackRange): Promise<Uint8Array> {
    const bytes = new Uint8Array(range.lengthBytes);
    await this.#copy(range, false, bytes);
    return bytes;
  }

  /** Forgets data that was read. */
  clear(): void {
    this.#windows.clear();
  }

  /** A node is not lost for damage beside it, to what is read along. */
  async #copyBlob(range: PackRange, isNode: boolean, into: Uint8Array): Promise<void> {
    try {
      await this.#copy(range, isNode, into);
    } catch (error) {
      if (!isNode || !isDamage(error)) throw error;
      await this.#copy(range, false, into);
    }
  }

  async #copy(range: PackRange, isNode: boolean, into: Uint8Array): Promise<void> {
    const { pack, contentOffset, lengthBytes } = range;
    const first = frameOfContent(contentOffset);
    const last = frameOfContent(contentOffset + lengthBytes - 1);
    const windows = isNode ? this.#options.nodeWindows : this.#windows;
    const step = isNode ? READ_AHEAD_FRAMES : last - first + 1;
    let from = isNode ? first - (first % READ_AHEAD_FRAMES) : first;
    for (; from <= last; from += step) {
      const frames = Math.min(step, packFrames(pack.k) - from);
      const window = await windows.get(`${toHex(pack.name)}:${from}:${frames}`, () =>
        this.#fetch(pack, from, frames),
      );
      forEachStretch(contentOffset, lengthBytes, (objectOffset, done, length) => {
        const frame = Math.floor(objectOffset / FRAME_BYTES);
        if (frame < from || frame >= from + step) return;
        const at = objectOffset - from * FRAME_BYTES;
        into.set(window.subarray(at, at + length), done);
      });
    }
  }

  /**
   * Frames of a pack as they are stored.
   *
   * @param into Memory that the store may use for the answer.
   * @throws {HoldfastError} `object-missing`, or what the store throws.
   */
  async fetchFrames(
    pack: PackRef,
    firstFrame: number,
    frames: number,
    into?: Uint8Array,
  ): Promise<Uint8Array> {
    const { store, signal, keyring, frameHashes } = this.#options;
    const name = packName(pack.name);
    const range = { offset: firstFrame * FRAME_BYTES, lengthBytes: frames * FRAME_BYTES };
    const get = async (): Promise<Uint8Array> => {
      const bytes = await store.get(name, { range, signal, into });
      if (bytes === null) throw missing(name);
      return bytes;
    };
    if (pack.epoch >= keyring.newestEpoch) return await get();

    const verified: Uint8Array[] = [];
    const hashes = await frameHashes.get(toHex(pack.name), async () => {
      const object = await this.#fetchVerified(pack);
      verified.push(object.slice(range.offset, range.offset + range.lengthBytes));
      return await this.#hashFrames(object);
    });
    const [own] = verified;
    if (own !== undefined) return own;
    const bytes = await get();
    // What is asked for again need not be what was hashed.
    const now = await this.#hashFrames(bytes);
    if (!now.every((hash, i) => equalBytes(hash, hashes[firstFrame + i] ?? NO_HASH))) {
      await this.#options.onDamaged(pack);
      throw notWritten(name);
    }
    return bytes;
  }

  /**
   * Fetches a pack of an older epoch whole and compares its hash: a device that was cut off still
   * has that epoch's key and could seal other frames under the same header (§4.1).
   */
  async #fetchVerified(pack: PackRef): Promise<Uint8Array> {
    const { store, crypto, signal } = this.#options;
    const name = packName(pack.name);
    const object = await getStart(store, name, packBytes(pack.k), signal);
    if (object === null) throw missing(name);
    if (!equalBytes(await crypto.sha256(object), pack.name)) {
      await this.#options.onDamaged(pack);
      throw notWritten(name);
    }
    return object;
  }

  async #hashFrames(bytes: Uint8Array): Promise<Uint8Array[]> {
    const hashes: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
      hashes.push(await this.#options.crypto.sha256(bytes.subarray(at, at + FRAME_BYTES)));
    }
    return hashes;
  }

  async #fetch(pack: PackRef, firstFrame: number, frames: number): Promise<Uint8Array> {
    const bytes = await this.fetchFrames(pack, firstFrame, frames);
    try {
      await openFrames(this.#options.crypto, await this.packKeys(pack), firstFrame, bytes);
    } catch (cause) {
      if (!(cause instanceof HoldfastError)) throw cause;
      await this.#tellDamaged(pack, cause);
      const details = { objectName: packName(pack.name) };
      throw new HoldfastError(cause.code, cause.message, { cause, details });
    }
    return bytes;
  }

  async #tellDamaged(pack: PackRef, error: unknown): Promise<void> {
    if (isDamage(error)) await this.#options.onDamaged(pack);
  }

  packKeys(pack: PackRef): Promise<PackKeys> {
    const { keys, keyring } = this.#options;
    return keys.get(keyring, pack);
  }
}

function missing(objectName: string): HoldfastError {
  return new HoldfastError('object-missing', 'Cannot read a pack: it is not in the store', {
    details: { objectName },
  });
}

function notWritten(objectName: string): HoldfastError {
  return new HoldfastError('damaged', 'Cannot read a pack: it is damaged', {
    details: { objectName },
  });
}
