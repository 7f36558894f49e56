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

  add(items: number, bytes: number): void {
    this.#itemsDone += items;
    this.#bytesDone += bytes;
    if (this.#onEvent !== undefined && this.#now() - this.#toldAtMs >= INTERVAL_MS) this.tell();
  }

  /** Tells now, however recently it did. */
  tell(): void {
    this.#toldAtMs = this.#now();
    const seconds = Math.max((this.#toldAtMs - this.#startedAtMs) / 1000, 0.001);
    const bytesPerSecond = this.#bytesDone / seconds;
    const totals = this.#totals;
    const bytesLeft = Math.max((totals?.bytes ?? 0) - this.#bytesDone, 0);
    this.#onEvent?.({
      type: 'progress',
      phase: this.#phase,
      itemsDone: this.#itemsDone,
      bytesDone: this.#bytesDone,
      bytesPerSecond,
      ...(totals && { itemsTotal: totals.items, bytesTotal: totals.bytes }),
      ...(totals && bytesPerSecond > 0 && { secondsLeft: bytesLeft / bytesPerSecond }),
    });
  }
}
