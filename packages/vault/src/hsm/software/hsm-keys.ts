/** All keys of a software HSM, and their bytes inside its file (spec/vault-protocol.md §11.3). */
import { ByteReader, ByteWriter } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { ED25519_KEY_BYTES, KEY_BYTES } from '@holdfast/core/wire';
import { LAST_WRAPPING_KEY, WrappingKeyChain } from './wrapping-keys.ts';

export interface HsmKeys {
  /** Ed25519, 32 bytes. */
  readonly identitySeed: Uint8Array;
  /** Long-lived key of all sealed states, 32 bytes. */
  readonly stateKey: Uint8Array;
  readonly wrappingKeys: WrappingKeyChain;
}

export function makeHsmKeys(): HsmKeys {
  return {
    identitySeed: nodeCrypto.randomBytes(ED25519_KEY_BYTES),
    stateKey: nodeCrypto.randomBytes(KEY_BYTES),
    wrappingKeys: new WrappingKeyChain(1, nodeCrypto.randomBytes(KEY_BYTES)),
  };
}

export function wipeKeys({ identitySeed, stateKey, wrappingKeys }: HsmKeys): void {
  identitySeed.fill(0);
  stateKey.fill(0);
  wrappingKeys.wipe();
}

/**
 * seed 32 ‖ state key 32 ‖ u32 number ‖ wrapping key 32
 *
 * @param first Of the wrapping keys that are kept.
 * @throws {RangeError} when there is no such wrapping key.
 */
export function encodeHsmKeys(keys: HsmKeys, first = keys.wrappingKeys.first): Uint8Array {
  const { identitySeed, stateKey, wrappingKeys } = keys;
  const key = wrappingKeys.key(first);
  if (key === null) throw new RangeError(`"first" must be a wrapping key: got ${first}`);
  const writer = new ByteWriter().raw(identitySeed).raw(stateKey).u32(first).raw(key);
  key.fill(0);
  return writer.finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeHsmKeys(bytes: Uint8Array): HsmKeys {
  const reader = new ByteReader(bytes, "HSM's key file");
  const identitySeed = reader.raw(ED25519_KEY_BYTES).slice();
  const stateKey = reader.raw(KEY_BYTES).slice();
  const first = reader.u32();
  const wrappingKeys = new WrappingKeyChain(first, reader.raw(KEY_BYTES).slice());
  reader.end();
  if (first === 0 || first > LAST_WRAPPING_KEY) throw reader.damaged('its numbers are impossible');
  return { identitySeed, stateKey, wrappingKeys };
}
