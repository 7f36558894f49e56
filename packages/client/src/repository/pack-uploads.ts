/**
 * Packs on their way to the store: several at a time, never more than there is memory for.
 */

import type { StreamPart } from '@holdfast/core/backup-format';
import { PACK_MAX_BYTES, type PackRef, type Segment } from '@holdfast/core/backup-format';
import type { Store } from '../stores/store.ts';
import type { Backup } from './backup.ts';
import type { DeviceState } from './device-state.ts';
import { packName } from './object-names.ts';
import type { PackBuffer } from './stream-writer.ts';

export interface SealedPack {
  readonly ref: PackRef;
  /** The whole object. */
  readonly object: Uint8Array;
  readonly parts: readonly StreamPart[];
}

export class PackUploads {
  readonly #store: Store;
  readonly #device: DeviceState;
  readonly #signal: AbortSignal | undefined;
  readonly #segments: Segment[] = [];
  readonly #free: PackBuffer[] = [];
  readonly #waiting: ((buffer: PackBuffer) => void)[] = [];
  readonly #running = new Set<Promise<void>>();
  #buffersLeft: number;
  #bytesSent = 0;
  #failure: unknown;

  /** @param buffers How many packs of 16 MiB may exist at a time, filling or on their way. */
  constructor({ store, device }: Backup, buffers: number, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#device = device;
    this.#buffersLeft = buffers;
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
  adopt(segments: readonly Segment[]): void {
    this.#segments.push(...segments);
  }

  /** Memory for a pack, shared between threads. */
  async takeBuffer(): Promise<PackBuffer> {
    if (this.#failure !== undefined) throw this.#failure;
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#buffersLeft > 0) {
      const bytes = new Uint8Array(new SharedArrayBuffer(PACK_MAX_BYTES));
      return { id: this.#buffersLeft--, bytes };
    }
    const { promise, resolve } = Promise.withResolvers<PackBuffer>();
    this.#waiting.push(resolve);
    return await promise;
  }

  /** Gives memory back. */
  giveBuffer(buffer: PackBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }

  /** Begins an upload. @param buffer Given back when it has ended. */
  start(pack: SealedPack, buffer: PackBuffer): void {
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

  async #upload({ ref, object, parts }: SealedPack): Promise<void> {
    await this.#store.put(packName(ref.name), object, { signal: this.#signal });
    await this.#device.noteUploaded(ref.name);
    this.#bytesSent += object.length;
    let contentOffset = 0;
    for (const { stream, start, lengthBytes } of parts) {
      this.#segments.push({ stream, start, lengthBytes, pack: ref, contentOffset });
      contentOffset += lengthBytes;
    }
  }
}
