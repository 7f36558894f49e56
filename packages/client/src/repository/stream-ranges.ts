/**
 * A set of stretches of streams, such as all that is live.
 *
 * Neighbours are merged, so that what was written together takes 16 bytes together. The worst case,
 * ten million blobs of which every other one is live, takes some 160 MB while it is gathered.
 */
import { fromHex, toHex } from '@holdfast/core/bytes';

/** Stretches that wait unsorted, at least, before they are merged. */
const PENDING_LEAST = 1024;

export interface StreamRange {
  readonly stream: Uint8Array;
  readonly start: number;
  readonly lengthBytes: number;
}

export class StreamRanges {
  readonly #streams = new Map<string, RangeList>();
  #last: { readonly stream: Uint8Array; readonly list: RangeList } | null = null;

  /** May overlap what is in the set. */
  add(stream: Uint8Array, start: number, lengthBytes: number): void {
    if (this.#last?.stream !== stream) {
      const key = toHex(stream);
      const list = this.#streams.get(key) ?? new RangeList();
      this.#streams.set(key, list);
      this.#last = { stream, list };
    }
    this.#last.list.add(start, start + lengthBytes);
  }

  /** Whether any byte of a stretch is in the set. */
  overlaps({ stream, start, lengthBytes }: StreamRange): boolean {
    for (const _ of this.within({ stream, start, lengthBytes })) return true;
    return false;
  }

  /** How many bytes of a stretch are in the set. */
  bytesWithin(range: StreamRange): number {
    let bytes = 0;
    for (const { lengthBytes } of this.within(range)) bytes += lengthBytes;
    return bytes;
  }

  /** The parts of a stretch that are in the set, in order. */
  *within({ stream, start, lengthBytes }: StreamRange): Iterable<StreamRange> {
    const list = this.#streams.get(toHex(stream));
    if (list === undefined) return;
    for (const [from, to] of list.within(start, start + lengthBytes)) {
      yield { stream, start: from, lengthBytes: to - from };
    }
  }

  /** Length of everything together. */
  get totalBytes(): number {
    let bytes = 0;
    for (const { lengthBytes } of this.all()) bytes += lengthBytes;
    return bytes;
  }

  /** Everything, stream by stream. */
  *all(): Iterable<StreamRange> {
    for (const [key, list] of this.#streams) {
      const stream = fromHex(key);
      for (const [from, to] of list.within(0, Number.POSITIVE_INFINITY)) {
        yield { stream, start: from, lengthBytes: to - from };
      }
    }
  }
}

/** Disjoint stretches of one stream, and some that are not sorted in yet. */
class RangeList {
  #starts = new Float64Array(4);
  #ends = new Float64Array(4);
  #count = 0;
  /** Start and end by turns. */
  #pending: number[] = [];

  add(start: number, end: number): void {
    const last = this.#count - 1;
    const lastEnd = last < 0 ? -1 : (this.#ends[last] as number);
    if (this.#pending.length === 0 && start >= lastEnd) {
      if (start === lastEnd) this.#ends[last] = end;
      else this.#append(start, end);
      return;
    }
    this.#pending.push(start, end);
    if (this.#pending.length > 2 * Math.max(PENDING_LEAST, this.#count)) this.#settle();
  }

  *within(start: number, end: number): Iterable<readonly [number, number]> {
    this.#settle();
    for (let i = this.#firstEndingAfter(start); i < this.#count; i++) {
      const from = this.#starts[i] as number;
      if (from >= end) return;
      yield [Math.max(from, start), Math.min(this.#ends[i] as number, end)];
    }
  }

  #firstEndingAfter(at: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] as number) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #settle(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    const order = Uint32Array.from({ length: pending.length / 2 }, (_, i) => 2 * i);
    order.sort((a, b) => (pending[a] as number) - (pending[b] as number));
    const starts = this.#starts;
    const ends = this.#ends;
    const count = this.#count;
    this.#starts = new Float64Array(count + order.length);
    this.#ends = new Float64Array(count + order.length);
    this.#count = 0;
    for (let old = 0, next = 0; old < count || next < order.length; ) {
      const at = order[next] as number;
      const takesOld =
        next === order.length ||
        (old < count && (starts[old] as number) <= (pending[at] as number));
      if (takesOld) this.#extend(starts[old] as number, ends[old++] as number);
      else {
        this.#extend(pending[at] as number, pending[at + 1] as number);
        next++;
      }
    }
    this.#starts = this.#starts.slice(0, this.#count);
    this.#ends = this.#ends.slice(0, this.#count);
  }

  /** @param start Not before the start of the last stretch. */
  #extend(start: number, end: number): void {
    const last = this.#count - 1;
    const lastEnd = last < 0 ? -1 : (this.#ends[last] as number);
    if (start <= lastEnd) this.#ends[last] = Math.max(lastEnd, end);
    else this.#append(start, end);
  }

  #append(start: number, end: number): void {
    if (this.#count === this.#starts.length) {
      const length = Math.max(4, this.#count * 2);
      const [starts, ends] = [new Float64Array(length), new Float64Array(length)];
      starts.set(this.#starts);
      ends.set(this.#ends);
      [this.#starts, this.#ends] = [starts, ends];
    }
    this.#starts[this.#count] = start;
    this.#ends[this.#count++] = end;
  }
}
