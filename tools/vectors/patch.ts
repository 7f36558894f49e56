// Changes to the bytes of an object, as failures among the vectors list them.

/** Bytes to put over an object at an offset: `[offset, hex]`. */
export type Patch = readonly [number, string];

/** `bytes` with the one at `at` changed. */
export function flip(bytes: Uint8Array, at: number): readonly Patch[] {
  return [[at, new Uint8Array([(bytes[at] as number) ^ 1]).toHex()]];
}
