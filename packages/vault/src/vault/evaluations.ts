/**
 * What the HSM evaluated lately: a proof comes soon after its guess, and is checked against the same
 * answer. Answers are blinded, and no secrets.
 */
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Hsm } from '../hsm/index.ts';
import { RecentValues } from '../recent-values.ts';

const KEPT_MAX = 1024;

export class Evaluations {
  readonly #hsm: Hsm;
  readonly #kept = new RecentValues<Uint8Array>(KEPT_MAX);

  constructor(hsm: Hsm) {
    this.#hsm = hsm;
  }

  /**
   * @param element That is one; 33 bytes.
   * @returns 33 bytes.
   * @throws {HoldfastError} `internal` when the key is of another HSM, or its wrapping key is destroyed.
   */
  async evaluate(wrappedKey: Uint8Array, element: Uint8Array): Promise<Uint8Array> {
    const name = `${toHex(wrappedKey)} ${toHex(element)}`;
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const evaluated = await this.#hsm.evaluate(wrappedKey, element).catch(blameKey);
    this.#kept.keep(name, evaluated);
    return evaluated;
  }
}

function blameKey(cause: unknown): never {
  if (!(cause instanceof HoldfastError) || cause.code !== 'damaged') throw cause;
  const state = 'its key is of another HSM, or came back from a copy that was ended';
  throw new HoldfastError('internal', `Cannot evaluate with a record: ${state}`, { cause });
}
