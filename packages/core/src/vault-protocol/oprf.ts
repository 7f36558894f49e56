/**
 * The client's half of the oblivious pseudorandom function: RFC 9497, mode 0x00, suite P256-SHA256
 * (spec/vault-protocol.md §2.1). The vault's half is its HSM's.
 */
import { p256, p256_oprf } from '@noble/curves/nist.js';
import { HoldfastError } from '../errors/index.ts';
import { ELEMENT_BYTES } from './limits.ts';

export interface Blinded {
  /** Secret; 32 bytes. Unblinds the vault's answer, and is used once. */
  readonly blind: Uint8Array;
  /** What the vault is sent; 33 bytes. */
  readonly element: Uint8Array;
}

/** @param randomBytes The crypto port's. */
export function blindInput(
  input: Uint8Array,
  randomBytes: (lengthBytes: number) => Uint8Array,
): Blinded {
  const { blind, blinded } = p256_oprf.oprf.blind(input, (lengthBytes) =>
    Uint8Array.from(randomBytes(lengthBytes ?? 32)),
  );
  return { blind, element: blinded };
}

/**
 * The function's value, 32 bytes.
 *
 * @param evaluated What the vault answered.
 * @throws {HoldfastError} `damaged` when that is no element.
 */
export function finalizeOutput(
  input: Uint8Array,
  blind: Uint8Array,
  evaluated: Uint8Array,
): Uint8Array {
  assertElement(evaluated);
  return p256_oprf.oprf.finalize(input, blind, evaluated);
}

/**
 * An element is canonical, on the curve, and not the identity (which has no encoding of this length).
 *
 * @throws {HoldfastError} `damaged`.
 */
export function assertElement(bytes: Uint8Array): void {
  const isCompressed = bytes.length === ELEMENT_BYTES && (bytes[0] === 2 || bytes[0] === 3);
  try {
    if (isCompressed) {
      p256.Point.fromBytes(Uint8Array.from(bytes)).assertValidity();
      return;
    }
  } catch {
    // Not on the curve, or beyond the field's prime.
  }
  throw new HoldfastError('damaged', 'Cannot use an element: it is no point of the curve');
}
