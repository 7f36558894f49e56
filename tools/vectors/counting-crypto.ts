// The crypto port of the test vectors: Node's, but for random bytes that are the same every time.

import { concatBytes } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { nodeCrypto } from '@holdfast/core/crypto/node';

/** Random bytes are the first of SHA-256(seed ‖ 0), SHA-256(seed ‖ 1), …, one hash after another. */
export function countingCrypto(seed: string): CryptoPort {
  let blocks = 0;
  const nextBlock = (): Uint8Array =>
    nodeCrypto.sha256(new TextEncoder().encode(`${seed} ${blocks++}`));
  return {
    ...nodeCrypto,
    randomBytes(lengthBytes) {
      const drawnBlocks = Array.from({ length: Math.ceil(lengthBytes / 32) }, nextBlock);
      return concatBytes(...drawnBlocks).slice(0, lengthBytes);
    },
  };
}

/** Bytes that stand for something drawn at random, told apart by name. */
export function drawn(name: string, lengthBytes = 32): Uint8Array {
  return countingCrypto(`drawn: ${name}`).randomBytes(lengthBytes);
}
