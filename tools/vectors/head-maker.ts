// Makes heads, sound ones and such as only the holder of the head key could make wrong.

import {
  type Address,
  deriveBackupId,
  deriveRootKeys,
  type HeadState,
  Keyring,
  type RootKeys,
  type Segment,
  sealHeadState,
} from '@holdfast/core/backup-format';
import { ByteWriter } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { encodeHeadLink, type HeadLink, signHead } from '@holdfast/core/head';
import { Secret } from '@holdfast/core/secret';
import { sealBox } from '@holdfast/core/wire';
import { countingCrypto, drawn } from './counting-crypto.ts';
import type { Patch } from './patch.ts';

/** Where the signature of a head begins. */
export const SIGNATURE_OFFSET = 4032;
/** In the place of the hash of the head before the first. */
export const NO_HASH = new Uint8Array(32);
export const ROOT: Address = {
  kind: 'node',
  stream: drawn('metadata stream', 16),
  offset: 12_345,
  storedBytes: 300,
  plainBytes: 400,
  compressed: true,
};

export class HeadMaker {
  readonly crypto: CryptoPort;
  readonly keys: RootKeys;
  readonly headPublicKey: Uint8Array;
  readonly backupId: Uint8Array;
  readonly epochKeys = [drawn('epoch key 0'), drawn('epoch key 1')];
  readonly keyring = new Keyring(this.epochKeys.map((key) => new Secret(key.slice())));

  constructor(crypto: CryptoPort, keys: RootKeys, headPublicKey: Uint8Array, id: Uint8Array) {
    this.crypto = crypto;
    this.keys = keys;
    this.headPublicKey = headPublicKey;
    this.backupId = id;
  }

  /** @param seed Names the sequence of random bytes. */
  static async make(seed: string): Promise<HeadMaker> {
    const crypto = countingCrypto(seed);
    const keys = await deriveRootKeys(crypto, new Secret(drawn('root key')));
    const ownerPublicKey = await crypto.ed25519PublicKey(keys.ownerSeed.bytes());
    const headPublicKey = await crypto.ed25519PublicKey(keys.headSeed.bytes());
    return new HeadMaker(crypto, keys, headPublicKey, await deriveBackupId(crypto, ownerPublicKey));
  }

  /** Of the same backup, with the root key after this one. */
  async next(): Promise<HeadMaker> {
    const keys = await deriveRootKeys(this.crypto, new Secret(drawn('the next root key')));
    const headPublicKey = await this.crypto.ed25519PublicKey(keys.headSeed.bytes());
    return new HeadMaker(this.crypto, keys, headPublicKey, this.backupId);
  }

  link(number: number, previousHash: Uint8Array, epoch = 1): HeadLink {
    const keyringHash = drawn('hash of the keyring');
    return { backupId: this.backupId, generation: 0, number, previousHash, keyringHash, epoch };
  }

  async make(link: HeadLink, state: HeadState): Promise<Uint8Array> {
    const head = await sealHeadState(this.crypto, this.keyring, link, state);
    return await signHead(this.crypto, this.keys.headSeed, head);
  }

  /** A head that is signed and sealed around any plaintext. */
  async makeAround(link: HeadLink, plain: Uint8Array): Promise<Uint8Array> {
    const room = new Uint8Array(3832);
    room.set(plain);
    const context = encodeHeadLink(link);
    const box = await sealBox(
      this.crypto,
      this.keyring.epochKey(link.epoch),
      'head-seal',
      context,
      room,
    );
    return await signHead(this.crypto, this.keys.headSeed, { ...link, box });
  }

  /** Patches, and the signature that then fits. */
  async resigned(object: Uint8Array, patches: readonly Patch[]): Promise<readonly Patch[]> {
    const message = object.slice(0, SIGNATURE_OFFSET);
    for (const [at, hex] of patches) message.set(Uint8Array.fromHex(hex), at);
    const label = new TextEncoder().encode('holdfast/v1/head');
    const signed = new ByteWriter().raw(label).raw(message).finish();
    const signature = await this.crypto.ed25519Sign(this.keys.headSeed.bytes(), signed);
    return [...patches, [SIGNATURE_OFFSET, signature.toHex()]];
  }
}

export function stateWith(segments: readonly Segment[], vaults = 0): HeadState {
  const vaultLogs = Array.from({ length: vaults }, (_, i) => {
    return { identity: drawn(`vault ${i}`), number: 300 ** i, hash: drawn(`end of log ${i}`) };
  });
  const displacedHeads = vaultLogs.slice(1).map(({ number, hash }) => ({ number, hash }));
  const deviceId = drawn('a device', 16);
  return { atMs: 1_767_225_600_000, deviceId, root: ROOT, segments, vaultLogs, displacedHeads };
}

/** Two segments, of two streams, in each pack. */
export function segmentsInPacks(count: number): Segment[] {
  return Array.from({ length: count }, (_, i) => ({
    stream: i % 2 === 0 ? ROOT.stream : drawn('another stream', 16),
    start: i * 100_000,
    lengthBytes: 100_000,
    pack: { name: drawn(`pack ${i >> 1}`), salt: drawn(`salt ${i >> 1}`), epoch: 1, k: 0 },
    contentOffset: (i % 2) * 100_000,
  }));
}
