/**
 * How many requests a caller may make: so many at once, so many a minute (the generic cell rate
 * algorithm, one number for each caller).
 *
 * Of the callers that come one by one without end, those that were quiet for longest are forgotten:
 * memory stays bounded, and somebody forgotten may do no more than somebody new.
 */
import { HoldfastError } from '@holdfast/core/errors';

/** Most callers remembered. */
const CALLERS_MAX = 100_000;
const MINUTE_MS = 60_000;

export interface RequestLimitOptions {
  /** In the long run; 0 for no limit. */
  readonly perMinute: number;
  /** After a quiet time, at once. */
  readonly burst: number;
  /** Milliseconds from any start, never going back. */
  readonly now?: () => number;
  readonly callersMax?: number;
}

export class RequestLimit {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  readonly #now: () => number;
  readonly #callersMax: number;
  /** When each caller would be back to nothing used, those who asked last at the end. */
  readonly #idleAtMs = new Map<string, number>();

  constructor(options: RequestLimitOptions) {
    const { perMinute, burst, now = () => performance.now(), callersMax = CALLERS_MAX } = options;
    this.#intervalMs = perMinute === 0 ? 0 : MINUTE_MS / perMinute;
    this.#toleranceMs = this.#intervalMs * (burst - 1);
    this.#now = now;
    this.#callersMax = callersMax;
  }

  /**
   * Counts one request, unless it is one too many.
   *
   * @returns 0 when it may go on; else the milliseconds after which the next one may.
   */
  take(caller: string): number {
    if (this.#intervalMs === 0) return 0;
    const nowMs = this.#now();
    const idleAtMs = Math.max(this.#idleAtMs.get(caller) ?? nowMs, nowMs);
    const waitMs = idleAtMs - nowMs - this.#toleranceMs;
    if (waitMs > 0) return waitMs;
    this.#idleAtMs.delete(caller);
    this.#idleAtMs.set(caller, idleAtMs + this.#intervalMs);
    if (this.#idleAtMs.size > this.#callersMax) {
      const [quietest] = this.#idleAtMs.keys();
      this.#idleAtMs.delete(quietest as string);
    }
    return 0;
  }

  /** How many callers are remembered. */
  get callers(): number {
    return this.#idleAtMs.size;
  }
}

/** Too many requests: with the time to wait. */
export class LimitReached extends HoldfastError {
  readonly waitMs: number;

  constructor(waitMs: number) {
    super('too-many-requests', 'Cannot go on: too many requests');
    this.waitMs = waitMs;
  }
}

/** @throws {LimitReached} when it is one too many. */
export function takeOne(limit: RequestLimit, caller: string): void {
  const waitMs = limit.take(caller);
  if (waitMs > 0) throw new LimitReached(waitMs);
}

/** A minute's worth may come at once. @param perMinute 0 for no limit. */
export function limitPerMinute(perMinute: number): RequestLimit {
  return new RequestLimit({ perMinute, burst: Math.max(perMinute, 1) });
}
