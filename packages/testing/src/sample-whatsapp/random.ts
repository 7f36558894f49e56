// Seeded random numbers for samples: sfc32 (four 32-bit words of state, period about 2^128).
// The same seed gives the same sequence on every machine. Not for anything secret.

import { createHash } from 'node:crypto';

const HEX_16_BIT = Array.from({ length: 65_536 }, (_, value) =>
  value.toString(16).toUpperCase().padStart(4, '0'),
);

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    const state = createHash('sha256').update(seed).digest();
    this.#a = state.readInt32LE(0);
    this.#b = state.readInt32LE(4);
    this.#c = state.readInt32LE(8);
    this.#counter = state.readInt32LE(12);
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.uint32() / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A whole number from `lowest` to `highest`, both included. */
  between(lowest: number, highest: number): number {
    return lowest + Math.floor(this.fraction() * (highest - lowest + 1));
  }

  /** @throws {RangeError} when `list` is empty. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('"list" must not be empty: got 0 entries');
    return list[Math.floor(this.fraction() * list.length)] as T;
  }

  /** Log-normal: half of the values lie below `median`; `sigma` is that of the logarithm. */
  logNormal(median: number, sigma: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.fraction()));
    return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * this.fraction()));
  }

  /** Upper-case hex digits; `digits` is a multiple of 8. */
  hex(digits: number): string {
    let text = '';
    for (let made = 0; made < digits; made += 8) {
      const word = this.uint32();
      text += `${HEX_16_BIT[word >>> 16]}${HEX_16_BIT[word & 0xffff]}`;
    }
    return text;
  }

  bytes(length: number): Buffer {
    const result = Buffer.allocUnsafe(Math.ceil(length / 4) * 4);
    for (let at = 0; at < result.length; at += 4) result.writeUInt32LE(this.uint32(), at);
    return result.subarray(0, length);
  }
}

/** Picks positions 0 … n-1 of a list of weights, each as often as its weight says. */
export class WeightedChoice {
  readonly #upTo: Float64Array;

  constructor(weights: readonly number[]) {
    this.#upTo = new Float64Array(weights.length);
    let total = 0;
    for (const [position, weight] of weights.entries()) {
      total += weight;
      this.#upTo[position] = total;
    }
  }

  next(random: Random): number {
    const upTo = this.#upTo;
    const wanted = random.fraction() * (upTo[upTo.length - 1] ?? 0);
    let low = 0;
    let high = upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((upTo[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
