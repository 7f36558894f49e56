/**
 * Counts what is done and tells so now and then.
 */
import type { OnEvent, ProgressEvent } from './events.ts';

const INTERVAL_MS = 200;

export class Progress {
  readonly #phase: ProgressEvent['phase'];
  readonly #onEvent: OnEvent | undefined;
  readonly #now: () => number;
  readonly #startedAtMs: number;
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
    this.#startedAtMs = now();
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
    const seconds = Math.max((this.#toldAtMs - this.#startedAtMs) / 1000, 0.001);
    const bytesPerSecond = this.#bytesMoved / seconds;
    // What is expected may be an estimate: there is never less to do than was done.
    const bytesTotal = Math.max(this.#totals?.bytes ?? 0, this.#bytesDone);
    const itemsTotal = Math.max(this.#totals?.items ?? 0, this.#itemsDone);
    const secondsLeft = ((bytesTotal - this.#bytesDone) * seconds) / this.#bytesDone;
    this.#onEvent?.({
      type: 'progress',
      phase: this.#phase,
      itemsDone: this.#itemsDone,
      bytesDone: this.#bytesDone,
      bytesPerSecond,
      ...(this.#totals && { itemsTotal, bytesTotal }),
      ...(this.#totals && this.#bytesDone > 0 && { secondsLeft }),
    });
  }
}
