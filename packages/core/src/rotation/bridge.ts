/**
 * The bridge of a rotation: the next root key, sealed under the secret that the password of a record gives
 * (spec/rotation.md §3.7), so that the password goes on working. Nothing of it follows from the key before.
 */
import { ByteWriter } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { Secret } from '../secret/index.ts';
import { BOX_OVERHEAD_BYTES, KEY_BYTES, label, openBox, sealBox } from '../wire/index.ts';

/** Length of its sealed box. */
export const BRIDGE_BYTES = KEY_BYTES + BOX_OVERHEAD_BYTES;

export interface Bridge {
  /** SHA-256 of the password's record, 32 bytes; not zeros. */
  readonly recordHash: Uint8Array;
  /** The sealed box, 112 bytes. */
  readonly box: Uint8Array;
}

/** Of the certificate: what the box can't be moved to another of. */
interface Bridged {
  readonly backupId: Uint8Array;
  readonly generation: number;
  readonly ownerBefore: Uint8Array;
  readonly ownerAfter: Uint8Array;
}

/**
 * @param secret The shared secret s of the record, 32 bytes.
 * @param nextKey The root key of which `ownerAfter` is the owner key, 32 bytes.
 */
export async function sealBridge(
  crypto: CryptoPort,
  rotation: Bridged,
  recordHash: Uint8Array,
  secret: Secret,
  nextKey: Secret,
): Promise<Bridge> {
  const context = await bridgeContext(crypto, rotation, recordHash);
  const box = await sealBox(crypto, secret.bytes(), 'password-seal', context, nextKey.bytes());
  return { recordHash, box };
}

/** @returns The next root key, or null when the secret or anything that the box is bound to is not the right one. */
export async function openBridge(
  crypto: CryptoPort,
  rotation: Bridged & { readonly bridge: Bridge },
  secret: Secret,
): Promise<Secret | null> {
  const { recordHash, box } = rotation.bridge;
  const context = await bridgeContext(crypto, rotation, recordHash);
  const key = await openBox(crypto, secret.bytes(), 'password-seal', context, box);
  return key === null ? null : new Secret(key);
}

async function bridgeContext(
  crypto: CryptoPort,
  { backupId, generation, ownerBefore, ownerAfter }: Bridged,
  recordHash: Uint8Array,
): Promise<Uint8Array> {
  const writer = new ByteWriter(256).raw(label('rotation-bridge')).raw(backupId).u32(generation);
  return await crypto.sha256(writer.raw(ownerBefore).raw(ownerAfter).raw(recordHash).finish());
}
