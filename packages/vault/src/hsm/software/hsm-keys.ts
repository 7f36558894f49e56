/** All keys of a software HSM, and their bytes inside its file. */
import { ByteReader, ByteWriter } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { ED25519_KEY_BYTES, KEY_BYTES } from '@holdfast/core/wire';

export interface HsmKeys {
  /** Ed25519, 32 bytes. */
  readonly identitySeed: Uint8Array;
  /** Long-lived key of all sealed states, 32 bytes. */
  readonly stateKey: Uint8Array;
  /** By number, 32 bytes each; the greatest number is the newest. */
  readonly wrappingKeys: ReadonlyMap<number, Uint8Array>;
}

export function makeHsmKeys(): HsmKeys {
  return {
    identitySeed: nodeCrypto.randomBytes(ED25519_KEY_BYTES),
    stateKey: nodeCrypto.randomBytes(KEY_BYTES),
    wrappingKeys: new Map([[1, nodeCrypto.randomBytes(KEY_BYTES)]]),
  };
}

export function newestNumber({ wrappingKeys }: HsmKeys): number {
  return Math.max(...wrappingKeys.keys());
}

/** The same keys with one more wrapping key, the newest. */
export function withNextWrappingKey(keys: HsmKeys): HsmKeys {
  const next = [newestNumber(keys) + 1, nodeCrypto.randomBytes(KEY_BYTES)] as const;
  return { ...keys, wrappingKeys: new Map([...keys.wrappingKeys, next]) };
}

/** The same keys without the wrapping keys of a lower number. */
export function withoutKeysBefore(keys: HsmKeys, number: number): HsmKeys {
  const kept = [...keys.wrappingKeys].filter(([other]) => other >= number);
  return { ...keys, wrappingKeys: new Map(kept) };
}

export function wipeKeys({ identitySeed, stateKey, wrappingKeys }: HsmKeys): void {
  for (const key of [identitySeed, stateKey, ...wrappingKeys.values()]) key.fill(0);
}

/** seed 32 ‖ state key 32 ‖ u32 count ‖ count × (u32 number ‖ key 32). */
export function encodeHsmKeys({ identitySeed, stateKey, wrappingKeys }: HsmKeys): Uint8Array {
  const writer = new ByteWriter().raw(identitySeed).raw(stateKey).u32(wrappingKeys.size);
  for (const [number, key] of wrappingKeys) writer.u32(number).raw(key);
  return writer.finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeHsmKeys(bytes: Uint8Array): HsmKeys {
  const reader = new ByteReader(bytes, "HSM's key file");
  const identitySeed = reader.raw(ED25519_KEY_BYTES).slice();
  const stateKey = reader.raw(KEY_BYTES).slice();
  const count = reader.u32();
  const wrappingKeys = new Map<number, Uint8Array>();
  for (let i = 0; i < count; i++) wrappingKeys.set(reader.u32(), reader.raw(KEY_BYTES).slice());
  reader.end();
  if (count === 0 || wrappingKeys.size !== count)
    throw reader.damaged('its numbers are impossible');
  return { identitySeed, stateKey, wrappingKeys };
}
