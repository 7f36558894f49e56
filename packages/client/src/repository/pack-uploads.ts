/**
 * Packs on their way to the store: several at a time, never more than there is memory for.
 */
import {
  PACK_MAX_BYTES,
  type PackRef,
  type Segment,
  type StreamPart,
} from '@holdfast/core/backup-format';
import { type SharedBuffer, SharedBuffers } from '../platform/shared-buffers.ts';
import type { Store } from '../stores/store.ts';
import type { Backup } from './backup.ts';
import type { DeviceState } from './device-state.ts';
import { packName } from './object-names.ts';

export interface SealedPack {
  readonly ref: PackRef;
  /** The whole object. */
  readonly object: Uint8Array;
  readonly parts: readonly StreamPart[];
}

export interface PackUploadsOptions {
  /** Packs of 16 MiB that may exist at a time, filling or on their way: one more than are filling, at least. */
  readonly packBuffers: number;
  /** Whether a later backup may take these packs up, should this run be cut off: the device notes them. */
  readonly canGoOn?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class PackUploads {
  readonly #store: Store;
  readonly #device: DeviceState | null;
  readonly #signal: AbortSignal | undefined;
  readonly #segments: Segment[] = [];
  readonly #buffers: SharedBuffers;
  readonly #running = new Set<Promise<void>>();
  #bytesSent = 0;
  #failure: unknown;

  constructor({ store, device }: Backup, options: PackUploadsOptions) {
    const { packBuffers, canGoOn = false, signal } = options;
    this.#store = store;
    this.#device = canGoOn ? device : null;
    this.#buffers = new SharedBuffers(packBuffers, PACK_MAX_BYTES);
    this.#signal = signal;
  }

  /** Bytes of packs that the store has taken. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Where everything uploaded so far lies. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Takes over packs that were uploaded before this run. */
  include(segments: readonly Segment[]): void {
    this.#segments.push(...segments);
  }

  /** Memory for a pack. @throws What an upload threw before. */
  async takeBuffer(): Promise<SharedBuffer> {
    if (this.#failure !== undefined) throw this.#failure;
    return await this.#buffers.take();
  }

  giveBuffer(buffer: SharedBuffer): void {
    this.#buffers.give(buffer);
  }

  /** Begins an upload. @param buffer Given back when it has ended. */
  start(pack: SealedPack, buffer: SharedBuffer): void {
    const upload = this.#upload(pack)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.giveBuffer(buffer);
        this.#running.delete(upload);
      });
    this.#running.add(upload);
  }

  /** Waits for all uploads. @throws The first error that any of them met. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until nothing is under way any more, whatever became of it. */
  async finishRunning(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #upload({ ref, object, parts }: SealedPack): Promise<void> {
    await this.#store.put(packName(ref.name), object, { signal: this.#signal });
    await this.#device?.noteUploaded(ref);
    this.#bytesSent += object.length;
    let contentOffset = 0;
    for (const { stream, start, lengthBytes } of parts) {
      this.#segments.push({ stream, start, lengthBytes, pack: ref, contentOffset });
      contentOffset += lengthBytes;
    }
  }
}
