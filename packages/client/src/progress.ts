/**
 * Counts what is done and tells so now and then.
 */
import type { OnEvent, ProgressEvent } from './events.ts';

const INTERVAL_MS = 200;
/** Rates are those of this last while: what was skipped at the start says nothing of the rest. */
const WINDOW_MS = 10_000;

interface Sample {
  readonly atMs: number;
  readonly bytesDone: number;
  readonly bytesMoved: number;
}

export class Progress {
  readonly #phase: ProgressEvent['phase'];
  readonly #onEvent: OnEvent | undefined;
  readonly #now: () => number;
  readonly #samples: Sample[];
  #toldAtMs = 0;
  #itemsDone = 0;
  #bytesDone = 0;
  #bytesMoved = 0;
  #totals: { readonly items: number; readonly bytes: number } | null = null;

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(
    phase: ProgressEvent['phase'],
    onEvent: OnEvent | undefined,
    now: () => number = () => performance.now(),
  ) {
    this.#phase = phase;
    this.#onEvent = onEvent;
    this.#now = now;
    this.#samples = [{ atMs: now(), bytesDone: 0, bytesMoved: 0 }];
  }

  /** Sets what there is to do, once that is known. */
  expect(totals: { readonly items: number; readonly bytes: number }): void {
    this.#totals = totals;
  }

  /** @param movedBytes How many of the bytes were really read or written, and so count for the rate. */
  add(items: number, bytes: number, movedBytes = bytes): void {
    this.#itemsDone += items;
    this.#bytesDone += bytes;
    this.#bytesMoved += movedBytes;
    if (this.#onEvent !== undefined && this.#now() - this.#toldAtMs >= INTERVAL_MS) this.tell();
  }

  /** Tells now, however recently it did. */
  tell(): void {
    this.#toldAtMs = this.#now();
    const first = this.#firstSample();
    const seconds = Math.max((this.#toldAtMs - first.atMs) / 1000, 0.001);
    const bytesPerSecond = (this.#bytesMoved - first.bytesMoved) / seconds;
    const donePerSecond = (this.#bytesDone - first.bytesDone) / seconds;
    // What is expected may be an estimate: there is never less to do than was done.
    const bytesTotal = Math.max(this.#totals?.bytes ?? 0, this.#bytesDone);
    const itemsTotal = Math.max(this.#totals?.items ?? 0, this.#itemsDone);
    const secondsLeft = (bytesTotal - this.#bytesDone) / donePerSecond;
    this.#onEvent?.({
      type: 'progress',
      phase: this.#phase,
      itemsDone: this.#itemsDone,
      bytesDone: this.#bytesDone,
      bytesPerSecond,
      ...(this.#totals && { itemsTotal, bytesTotal }),
      ...(this.#totals && donePerSecond > 0 && { secondsLeft }),
    });
  }

  /** Where things stood when the window began. Adds how they stand now. */
  #firstSample(): Sample {
    const samples = this.#samples;
    const beginsAtMs = this.#toldAtMs - WINDOW_MS;
    while (samples.length > 1 && (samples[1] as Sample).atMs <= beginsAtMs) samples.shift();
    const first = samples[0] as Sample;
    const { atMs: lastAtMs } = samples.at(-1) as Sample;
    if (this.#toldAtMs > lastAtMs) {
      samples.push({
        atMs: this.#toldAtMs,
        bytesDone: this.#bytesDone,
        bytesMoved: this.#bytesMoved,
      });
    }
    return first;
  }
}
