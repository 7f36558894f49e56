/**
 * What every wrapped key begins with (spec/vault-protocol.md §11): which kind of HSM wrapped it, and
 * under which of its wrapping keys.
 *
 *     u8 kind ‖ u32 number of the wrapping key ‖ what the kind makes of it
 */
import { ByteReader, ByteWriter } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';

/** Kinds of HSM, whose wrapped keys are of no use to each other. */
const KINDS = { software: 1, pkcs11: 2 } as const;

export type HsmKind = keyof typeof KINDS;

export interface WrappedKey {
  /** Number of the wrapping key. */
  readonly number: number;
  /** All bytes before `body`. */
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

export function wrappedHeader(kind: HsmKind, number: number): Uint8Array {
  return new ByteWriter().u8(KINDS[kind]).u32(number).finish();
}

/** @throws {HoldfastError} `damaged` when it is of another kind or length. */
export function parseWrapped(
  kind: HsmKind,
  wrapped: Uint8Array,
  bodyBytes: { readonly min: number; readonly max: number },
): WrappedKey {
  const reader = new ByteReader(wrapped, 'wrapped key');
  if (reader.u8() !== KINDS[kind]) throw reader.damaged('another kind of HSM wrapped it');
  const number = reader.u32();
  const { remaining } = reader;
  if (remaining < bodyBytes.min || remaining > bodyBytes.max) {
    throw reader.damaged('its length is impossible');
  }
  const header = wrapped.subarray(0, wrapped.length - remaining);
  return { number, header, body: reader.raw(remaining) };
}

/**
 * The number of the wrapping key that a key is wrapped under.
 *
 * @throws {HoldfastError} `damaged` when it is no wrapped key.
 */
export function wrappingKeyOf(wrapped: Uint8Array): number {
  const reader = new ByteReader(wrapped, 'wrapped key');
  reader.u8();
  return reader.u32();
}

export function unwrapError(): HoldfastError {
  return new HoldfastError(
    'damaged',
    'Cannot use a wrapped key: this HSM did not wrap it so, or its wrapping key is destroyed',
  );
}

export function missingKeyError(number: number): HoldfastError {
  const message = `Cannot use the HSM: it has no wrapping key ${number}`;
  return new HoldfastError('hsm-unusable', message);
}
