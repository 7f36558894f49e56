/**
 * A template as the value of an attribute: an array of C's CK_ATTRIBUTE (PKCS#11 §4.1), each of type,
 * pointer and length, on systems where all three have 64 bits.
 *
 * pkcs11js passes an attribute's value on as bytes, and has no way to make bytes that point to others;
 * Node's own foreign function interface tells where those lie.
 */
import { HoldfastError } from '@holdfast/core/errors';
import type { Attribute } from 'pkcs11js';

const WORD_BYTES = 8;

/**
 * Calls `use` with the array, which is good for the time of that call alone.
 *
 * @throws {HoldfastError} `hsm-unusable` on systems of another layout.
 */
export async function withNestedTemplate<T>(
  template: readonly Attribute[],
  use: (array: Buffer) => T,
): Promise<T> {
  if (process.platform === 'win32' || !['x64', 'arm64'].includes(process.arch)) {
    throw new HoldfastError('hsm-unusable', 'Cannot set up the HSM: only on 64-bit Linux or macOS');
  }
  const { getRawPointer } = await import('node:ffi');
  // Memory of their own, that stays where it is while they are in use.
  const values = template.map(({ value }) => {
    const bytes = new Uint8Array(new ArrayBuffer(typeof value === 'boolean' ? 1 : WORD_BYTES));
    if (typeof value === 'boolean') bytes[0] = value ? 1 : 0;
    else new DataView(bytes.buffer).setBigUint64(0, BigInt(value as number), true);
    return bytes;
  });
  const array = Buffer.from(new ArrayBuffer(3 * WORD_BYTES * template.length));
  for (const [index, { type }] of template.entries()) {
    const bytes = values[index] as Uint8Array;
    const at = 3 * WORD_BYTES * index;
    array.writeBigUInt64LE(BigInt(type), at);
    array.writeBigUInt64LE(getRawPointer(bytes), at + WORD_BYTES);
    array.writeBigUInt64LE(BigInt(bytes.length), at + 2 * WORD_BYTES);
  }
  try {
    return use(array);
  } finally {
    for (const bytes of values) bytes.fill(0);
  }
}
