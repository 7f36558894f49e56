import { readFileSync } from 'node:fs';
import { p256 } from '@noble/curves/nist.js';

/** Order of the group. */
export const ORDER = p256.Point.Fn.ORDER;

/** The generator, compressed. */
export const GENERATOR = p256.Point.BASE.toBytes(true);

/** @param scalar From 1 to the order less 1. */
export function multiply(element: Uint8Array, scalar: bigint): Uint8Array {
  return p256.Point.fromBytes(Uint8Array.from(element)).multiply(scalar).toBytes(true);
}

/** Bytes that are no element, from vectors/vault-protocol/oprf.json. */
export function badElements(): { readonly name: string; readonly element: Uint8Array }[] {
  const url = new URL('../../../../vectors/vault-protocol/oprf.json', import.meta.url);
  const { failures } = JSON.parse(readFileSync(url, 'utf8')) as {
    readonly failures: readonly { readonly name: string; readonly element: string }[];
  };
  return failures.map(({ name, element }) => ({ name, element: Uint8Array.fromHex(element) }));
}
