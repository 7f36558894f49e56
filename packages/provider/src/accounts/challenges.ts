/**
 * Challenges that a device signs to be let in (spec/provider-api.md §3.1). They carry what shows that they are ours, so
 * that nothing is stored for who only asks.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ByteReader, ByteWriter, concatBytes } from '@holdfast/core/bytes';
import { CHALLENGE_BYTES } from '@holdfast/core/provider-api';
import { label } from '@holdfast/core/wire';

const LIFETIME_MS = 120_000;
const RANDOM_BYTES = 24;
const SIGNED_BYTES = 32;

export interface Challenge {
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

export class Challenges {
  readonly #secret: Uint8Array;
  readonly #now: () => number;

  /** @param secret The same on all nodes, 32 bytes. */
  constructor(secret: Uint8Array, now: () => number) {
    this.#secret = secret;
    this.#now = now;
  }

  make(): Challenge {
    const expiresAtMs = this.#now() + LIFETIME_MS;
    const writer = new ByteWriter(SIGNED_BYTES).u64(BigInt(expiresAtMs));
    const signed = writer.raw(randomBytes(RANDOM_BYTES)).finish();
    return { bytes: concatBytes(signed, this.#codeOf(signed)), expiresAtMs };
  }

  /** @returns Until when it is good; null for one that is not ours, or not good any more. */
  expiryOf(challenge: Uint8Array): number | null {
    if (challenge.length !== CHALLENGE_BYTES) return null;
    const signed = challenge.subarray(0, SIGNED_BYTES);
    if (!timingSafeEqual(this.#codeOf(signed), challenge.subarray(SIGNED_BYTES))) return null;
    const expiresAtMs = Number(new ByteReader(signed, 'challenge').u64());
    return expiresAtMs > this.#now() ? expiresAtMs : null;
  }

  #codeOf(signed: Uint8Array): Uint8Array {
    const hmac = createHmac('sha256', this.#secret);
    return hmac.update(concatBytes(label('provider-challenge'), signed)).digest();
  }
}
