// Vectors of the key schedule (spec/backup-format.md §2.2), names of chunks, and sealed boxes (§2.3).

import {
  deriveBackupId,
  deriveChunkNameKey,
  derivePackKeys,
  deriveRootKeys,
  Keyring,
} from '@holdfast/core/backup-format';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { sealBox } from '@holdfast/core/wire';
import { countingCrypto, drawn } from './counting-crypto.ts';
import type { VectorFile } from './vector-file.ts';

export async function keyScheduleVectors(): Promise<VectorFile> {
  const roots = [new Uint8Array(32), drawn('root key')];
  const epochs = [new Uint8Array(32), drawn('epoch key 0')];
  const contents = ['', 'a chunk', '\0'.repeat(4096)].map((text) => new TextEncoder().encode(text));
  const chunkNameKey = await deriveChunkNameKey(nodeCrypto, new Secret(drawn('epoch key 0')));
  return {
    path: 'backup-format/key-schedule.json',
    description:
      'From a root key, and from an epoch key, to what they give (spec/backup-format.md §2.2, §4.1).',
    cases: [
      ...(await Promise.all(roots.map(rootCase))),
      ...(await Promise.all(epochs.map(epochCase))),
      ...contents.map((content) => nameCase(chunkNameKey.bytes(), content)),
      await packCase(0, 0),
      await packCase(1, 6),
    ],
    failures: [
      { kind: 'root', name: 'too short', rootKey: drawn('root key', 31), code: 'RangeError' },
      { kind: 'root', name: 'too long', rootKey: drawn('root key', 33), code: 'RangeError' },
      { kind: 'pack', name: 'no such epoch', ...packInput(2, 0), code: 'damaged' },
      { kind: 'pack', name: 'the largest epoch', ...packInput(0xffffffff, 0), code: 'damaged' },
    ],
  };
}

async function rootCase(rootKey: Uint8Array): Promise<object> {
  const keys = await deriveRootKeys(nodeCrypto, new Secret(rootKey.slice()));
  const ownerPublicKey = nodeCrypto.ed25519PublicKey(keys.ownerSeed.bytes());
  return {
    kind: 'root',
    rootKey,
    ownerSeed: keys.ownerSeed.bytes(),
    providerAuthSeed: keys.providerAuthSeed.bytes(),
    headSeed: keys.headSeed.bytes(),
    keyringKey: keys.keyringKey.bytes(),
    ownerPublicKey,
    providerAuthPublicKey: nodeCrypto.ed25519PublicKey(keys.providerAuthSeed.bytes()),
    headPublicKey: nodeCrypto.ed25519PublicKey(keys.headSeed.bytes()),
    backupId: await deriveBackupId(nodeCrypto, ownerPublicKey),
  };
}

async function epochCase(firstEpochKey: Uint8Array): Promise<object> {
  const key = await deriveChunkNameKey(nodeCrypto, new Secret(firstEpochKey.slice()));
  return { kind: 'chunk-name-key', firstEpochKey, chunkNameKey: key.bytes() };
}

function nameCase(chunkNameKey: Uint8Array, content: Uint8Array): object {
  const chunkName = new Uint8Array(nodeCrypto.hmacSha256(chunkNameKey, content));
  return { kind: 'name', chunkNameKey, content, chunkName, pageName: chunkName.slice(0, 16) };
}

function packInput(epoch: number, k: number) {
  return {
    epochKeys: [drawn('epoch key 0'), drawn('epoch key 1')],
    salt: drawn('pack salt'),
    epoch,
    k,
  };
}

async function packCase(epoch: number, k: number): Promise<object> {
  const input = packInput(epoch, k);
  const keyring = new Keyring(input.epochKeys.map((bytes) => new Secret(bytes.slice())));
  const keys = await derivePackKeys(nodeCrypto, keyring, input);
  return { kind: 'pack', ...input, ...keys };
}

export async function sealedBoxVectors(): Promise<VectorFile> {
  const crypto = countingCrypto('sealed boxes');
  const key = drawn('a long-lived key');
  const context = new TextEncoder().encode('public bytes');
  const plaintext = new TextEncoder().encode('sealed bytes');
  const purpose = 'keyring-seal';
  const box = await sealBox(crypto, key, purpose, context, plaintext);
  const empty = await sealBox(crypto, key, purpose, context, new Uint8Array(0));
  const noContext = await sealBox(crypto, key, 'head-seal', new Uint8Array(0), plaintext);
  const given = { key, purpose, context, box };
  const fails = (name: string, change: object) => ({ name, ...given, ...change, code: 'damaged' });
  return {
    path: 'backup-format/sealed-box.json',
    description: 'Sealed boxes: salt, commitment, ciphertext and tag (spec/backup-format.md §2.3).',
    cases: [
      { name: 'a text', ...given, plaintext },
      { name: 'nothing', ...given, box: empty, plaintext: '' },
      {
        name: 'no context',
        key,
        purpose: 'head-seal',
        context: '',
        box: noContext,
        plaintext,
      },
    ],
    failures: [
      fails('another key', { key: drawn('another long-lived key') }),
      fails('another purpose', { purpose: 'head-seal' }),
      fails('another context', { context: new TextEncoder().encode('public byteS') }),
      fails('no context', { context: '' }),
      fails('context and box cut elsewhere', { context: 'ff' }),
      ...[0, 31, 32, 63, 64, box.length - 17, box.length - 16, box.length - 1].map((at) =>
        fails(`byte ${at} flipped`, { box: flipped(box, at) }),
      ),
      fails('commitment of another box', {
        box: concat(box.subarray(0, 32), empty.subarray(32, 64), box.subarray(64)),
      }),
      fails('cut by a byte', { box: box.slice(0, -1) }),
      fails('a byte longer', { box: concat(box, new Uint8Array(1)) }),
      fails('shorter than any box', { box: box.slice(0, 79) }),
      fails('nothing at all', { box: '' }),
    ],
  };
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
