/**
 * The key that a process signs its answers with, certified by the vault's identity
 * (spec/vault-protocol.md §5). It lives in memory only: each process makes its own.
 */
import { concatBytes } from '@holdfast/core/bytes';
import {
  SERVING_KEY_MAX_MS,
  type ServingKey,
  servingKeyMessage,
} from '@holdfast/core/vault-protocol';
import type { Hsm } from '../hsm/index.ts';
import { signatures } from '../signatures/index.ts';

const HOUR_MS = 3600 * 1000;

/** Clocks of clients may be behind. */
const BEFORE_MS = HOUR_MS;

/** Makes keys as they are needed: the identity signs about twice a month. */
export class ServingKeys {
  readonly #hsm: Hsm;
  #current: { readonly key: ServingKey; readonly fromMs: number; readonly untilMs: number } | null =
    null;
  #next: Promise<ServingKey> | null = null;

  constructor(hsm: Hsm) {
    this.#hsm = hsm;
  }

  /** One that is certified at this time, by the wall clock. */
  async at(nowMs: number): Promise<ServingKey> {
    const current = this.#current;
    if (current !== null) {
      const half = (current.fromMs + current.untilMs) / 2;
      if (current.fromMs <= nowMs && nowMs < half) return current.key;
    }
    this.#next ??= this.#make(nowMs).finally(() => {
      this.#next = null;
    });
    return await this.#next;
  }

  async #make(nowMs: number): Promise<ServingKey> {
    const { publicKey, sign } = signatures.makeSigner();
    const fromMs = nowMs - BEFORE_MS;
    const untilMs = fromMs + SERVING_KEY_MAX_MS;
    const { certified, message } = servingKeyMessage(publicKey, fromMs, untilMs);
    const certificate = concatBytes(certified, await this.#hsm.sign(message));
    const key: ServingKey = { sign, certificate };
    this.#current = { key, fromMs, untilMs };
    return key;
  }
}
