/**
 * Points of P-256 (FIPS 186-4 §D.1.2.3) that are no secret of a key: elements, and public keys.
 *
 * Plain integers, in variable time. A scalar never comes here.
 */
import { ECDH } from 'node:crypto';
import { HoldfastError } from '@holdfast/core/errors';
import { ELEMENT_BYTES } from '@holdfast/core/vault-protocol';
import { RecentValues } from '../recent-values.ts';
import { invert } from './invert.ts';

/** In affine coordinates; never the identity. */
export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** Length of a coordinate, and of a scalar. */
export const FIELD_BYTES = 32;
/** Length of an uncompressed point. */
export const POINT_BYTES = 1 + 2 * FIELD_BYTES;

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

export const GENERATOR: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

/** As Node names the curve. */
export const CURVE = 'prime256v1';

/** The residue from 0 to p − 1. */
export function modP(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

/** @param value Not a multiple of p. */
export function invertP(value: bigint): bigint {
  return invert(modP(value), P);
}

/** y² of the points with this x, if there are any. */
export function ySquared(x: bigint): bigint {
  return modP(x * (x * x - 3n) + B);
}

export function isOnCurve({ x, y }: Point): boolean {
  return x < P && y < P && modP(y * y) === ySquared(x);
}

/** Decoded lately: an element is looked at when it arrives, and again when it is evaluated. */
const DECODED = new RecentValues<Point>(256);

/**
 * An element that was received, as RFC 9497 §2.1 and spec/vault-protocol.md §2.1 want it.
 *
 * @throws {HoldfastError} `damaged` unless `element` is 33 bytes, canonical and on the curve.
 */
export function decodeElement(element: Uint8Array): Point {
  if (element.length === ELEMENT_BYTES && (element[0] === 2 || element[0] === 3)) {
    const name = element.toHex();
    const known = DECODED.get(name);
    if (known !== undefined) return known;
    try {
      const bytes = ECDH.convertKey(element, CURVE, undefined, undefined, 'uncompressed') as Buffer;
      const point = pointOf(bytes);
      DECODED.keep(name, point);
      return point;
    } catch {
      // Not on the curve, or beyond the field's prime.
    }
  }
  throw new HoldfastError('damaged', 'Cannot use an element: it is no point of the curve');
}

/** The point compressed: SEC 1 §2.3.3. */
export function encodeElement({ x, y }: Point): Uint8Array {
  const element = new Uint8Array(ELEMENT_BYTES);
  element.setFromHex(`${y % 2n === 0n ? '02' : '03'}${fieldHex(x)}`);
  return element;
}

/** The point uncompressed, SEC 1 §2.3.3: 65 bytes. */
export function encodePoint({ x, y }: Point): Uint8Array {
  return Uint8Array.fromHex(`04${fieldHex(x)}${fieldHex(y)}`);
}

/** @returns null when the 65 bytes are no point. */
export function decodePoint(bytes: Uint8Array): Point | null {
  const point = pointOf(bytes);
  return bytes[0] === 4 && isOnCurve(point) ? point : null;
}

function pointOf(uncompressed: Uint8Array): Point {
  return {
    x: integerOf(uncompressed.subarray(1, 1 + FIELD_BYTES)),
    y: integerOf(uncompressed.subarray(1 + FIELD_BYTES)),
  };
}

/** Big-endian. */
export function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}

function fieldHex(value: bigint): string {
  return value.toString(16).padStart(2 * FIELD_BYTES, '0');
}
