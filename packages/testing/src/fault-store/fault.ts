/** The plain list of rules that a FaultStore follows. */

import type { ErrorCode } from '@holdfast/core/errors';

export type StoreCall = 'put' | 'get' | 'list' | 'delete' | 'stat';

/** What goes wrong. Where nothing else is said, the store beneath is asked as usual. */
export type Fault =
  /** Throws a HoldfastError of this code; the store beneath is not asked. */
  | { readonly kind: 'fail'; readonly code: ErrorCode }
  /** Does what was asked, then throws all the same. A listing shows `entries` (0) objects before. */
  | { readonly kind: 'fail-after'; readonly code: ErrorCode; readonly entries?: number }
  /** Throws this very value; the store beneath is not asked. */
  | { readonly kind: 'throw'; readonly error: unknown }
  /** Waits for so many milliseconds first. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Waits for this first, so that a test decides on the order of calls. */
  | { readonly kind: 'hold'; readonly until: PromiseLike<unknown> }
  /** Ends the process with SIGKILL, before or after the store beneath is asked. */
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' }
  /** Cuts what is put or answered to so many bytes, or a listing to so many objects. */
  | { readonly kind: 'truncate'; readonly to: number }
  /** Flips one bit of what is put or answered, counted from the first byte's lowest; wraps around. */
  | { readonly kind: 'flip'; readonly bit: number }
  /** Answers as if the object were not there; a put claims to have stored it and doesn't. */
  | { readonly kind: 'missing' }
  /** A put answers `exists` and stores nothing. */
  | { readonly kind: 'exists' }
  /** Reads, looks at or deletes the object of this name instead. */
  | { readonly kind: 'swap'; readonly name: string }
  /** Puts or answers these bytes instead, such as older ones of the same object. */
  | { readonly kind: 'replace'; readonly bytes: Uint8Array };

export interface FaultRule {
  /** Which calls count; every kind when left out. */
  readonly call?: StoreCall;
  /**
   * Only names that begin so count. With `list`, listings that may show such names, and `missing`
   * and `truncate` leave the other objects alone.
   */
  readonly prefix?: string;
  /** The first of the counted calls that the fault strikes, from 1 on; every one when left out. */
  readonly nth?: number;
  /** How many calls it strikes from `nth` on; 1 when left out. */
  readonly times?: number;
  readonly fault: Fault;
}

/** A rule and the calls it has counted. */
export class CountedRule {
  readonly #rule: FaultRule;
  #counted = 0;

  /** @throws {RangeError} when `nth` or `times` is not a whole number of at least 1. */
  constructor(rule: FaultRule) {
    for (const key of ['nth', 'times'] as const) {
      const value = rule[key];
      if (value !== undefined && value !== Number.POSITIVE_INFINITY) {
        if (!Number.isSafeInteger(value) || value < 1) {
          throw new RangeError(`"${key}" must be a whole number of at least 1: got ${value}`);
        }
      }
    }
    this.#rule = rule;
  }

  get fault(): Fault {
    return this.#rule.fault;
  }

  get prefix(): string {
    return this.#rule.prefix ?? '';
  }

  /** Counts a call if it is one of this rule's. @returns whether the fault strikes it. */
  strikes(call: StoreCall, name: string): boolean {
    const isCounted =
      (this.#rule.call ?? call) === call &&
      (name.startsWith(this.prefix) || (call === 'list' && this.prefix.startsWith(name)));
    if (!isCounted) {
      return false;
    }
    this.#counted++;
    const { nth, times = 1 } = this.#rule;
    return nth === undefined || (this.#counted >= nth && this.#counted < nth + times);
  }
}
