/** Runs vectors/backup-format/key-schedule.json on both crypto ports. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { Secret } from '../secret/index.ts';
import { deriveBackupId, deriveChunkNameKey, deriveRootKeys } from './key-schedule.ts';
import { Keyring } from './keyring.ts';
import { derivePackKeys, parsePackHeader } from './pack.ts';

interface Vector {
  readonly [field: string]: unknown;
  readonly kind: 'root' | 'chunk-name-key' | 'name' | 'pack';
  readonly name?: string;
  readonly epochKeys: readonly string[];
  readonly epoch: number;
  readonly k: number;
  readonly code: string;
}

const url = new URL('../../../../vectors/backup-format/key-schedule.json', import.meta.url);
const vectors: { cases: Vector[]; failures: Vector[] } = JSON.parse(readFileSync(url, 'utf8'));
const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];
const hex = (text: unknown): Uint8Array => Uint8Array.fromHex(text as string);
const show = (bytes: Uint8Array): string => new Uint8Array(bytes).toHex();

/** What a vector of that kind says besides its input. */
async function derive(crypto: CryptoPort, vector: Vector): Promise<Record<string, string>> {
  switch (vector.kind) {
    case 'root': {
      const keys = await deriveRootKeys(crypto, new Secret(hex(vector.rootKey)));
      const ownerPublicKey = await crypto.ed25519PublicKey(keys.ownerSeed.bytes());
      const providerAuthSeed = keys.providerAuthSeed.bytes();
      return {
        ownerSeed: show(keys.ownerSeed.bytes()),
        providerAuthSeed: show(providerAuthSeed),
        headSeed: show(keys.headSeed.bytes()),
        keyringKey: show(keys.keyringKey.bytes()),
        ownerPublicKey: show(ownerPublicKey),
        providerAuthPublicKey: show(await crypto.ed25519PublicKey(providerAuthSeed)),
        headPublicKey: show(await crypto.ed25519PublicKey(keys.headSeed.bytes())),
        backupId: show(await deriveBackupId(crypto, ownerPublicKey)),
      };
    }
    case 'chunk-name-key': {
      const key = await deriveChunkNameKey(crypto, new Secret(hex(vector.firstEpochKey)));
      return { chunkNameKey: show(key.bytes()) };
    }
    case 'name': {
      const name = await crypto.hmacSha256(hex(vector.chunkNameKey), hex(vector.content));
      return { chunkName: show(name), pageName: show(name.subarray(0, 16)) };
    }
    case 'pack': {
      const keyring = new Keyring(vector.epochKeys.map((key) => new Secret(hex(key))));
      const { epoch, k } = vector;
      const keys = await derivePackKeys(crypto, keyring, { salt: hex(vector.salt), epoch, k });
      assert.deepEqual(parsePackHeader(keys.header), { salt: hex(vector.salt), epoch, k });
      return {
        key: show(keys.key),
        commitment: show(keys.commitment),
        header: show(keys.header),
      };
    }
  }
}

for (const [port, crypto] of PORTS) {
  for (const [i, vector] of vectors.cases.entries()) {
    test(`with ${port}, case ${i} of the key schedule gives what the vector says`, async () => {
      const derived = await derive(crypto, vector);
      for (const [field, value] of Object.entries(derived))
        assert.equal(value, vector[field], field);
    });
  }
  for (const vector of vectors.failures) {
    test(`with ${port}, the key schedule refuses: ${vector.name}`, async () => {
      const expected = vector.code === 'damaged' ? { code: 'damaged' } : { name: vector.code };
      await assert.rejects(derive(crypto, vector), expected);
    });
  }
}

test('the keys that one root key gives all differ', async () => {
  const keys = await deriveRootKeys(nodeCrypto, new Secret(new Uint8Array(32)));
  const all = Object.values(keys).map((key: Secret) => show(key.bytes()));
  assert.equal(new Set(all).size, 4);
});
