/** Runs vectors/backup-format/recovery-record.json on both crypto ports. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { HoldfastError } from '../errors/index.ts';
import { Secret } from '../secret/index.ts';
import {
  encodeKeyRecordBody,
  fitsKeyRecord,
  parseRecoveryRecord,
  RECOVERY_RECORD_BYTES,
  type RecoveryRecord,
  signRecoveryRecord,
} from './recovery-record.ts';

interface Vector {
  readonly name: string;
  readonly start: string;
  readonly signature: string;
  readonly sha256: string;
  readonly value: unknown;
  readonly rootKey: string;
  readonly body?: string;
  readonly base?: string;
  readonly patches?: readonly (readonly [number, string])[];
  readonly lengthBytes?: number;
  readonly code: string;
}

const url = new URL('../../../../vectors/backup-format/recovery-record.json', import.meta.url);
const vectors: { cases: Vector[]; failures: Vector[] } = JSON.parse(readFileSync(url, 'utf8'));
const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text);
const rootKey = (vector: Vector): Secret => new Secret(hex(vector.rootKey));

/** As the vectors write it: bytes as hex. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Uint8Array ? part.toHex() : part,
  );
  return JSON.parse(text);
}

function objectOf(vector: Vector): Uint8Array {
  const base = vectors.cases.find(({ name }) => name === vector.base) ?? vector;
  const whole = new Uint8Array(RECOVERY_RECORD_BYTES);
  whole.set(hex(base.start));
  whole.set(hex(base.signature), RECOVERY_RECORD_BYTES - 64);
  for (const [at, text] of vector.patches ?? []) whole.set(hex(text), at);
  const object = new Uint8Array(vector.lengthBytes ?? whole.length);
  object.set(whole.subarray(0, object.length));
  return object;
}

for (const [port, crypto] of PORTS) {
  for (const vector of vectors.cases) {
    test(`with ${port}, a recovery record reads as the vector says: ${vector.name}`, async () => {
      const object = objectOf(vector);
      assert.equal(new Uint8Array(await crypto.sha256(object)).toHex(), vector.sha256);
      const record = await parseRecoveryRecord(crypto, object);
      assert.deepEqual(asJson(record), vector.value);
      assert.equal(await fitsKeyRecord(crypto, record, rootKey(vector)), true);
    });
  }
  for (const vector of vectors.failures) {
    test(`with ${port}, a recovery record fails as the vector says: ${vector.name}`, async () => {
      const { body } = vector;
      if (body === undefined) {
        const expected = { name: 'HoldfastError', code: vector.code };
        await assert.rejects(parseRecoveryRecord(crypto, objectOf(vector)), expected);
        return;
      }
      const record: RecoveryRecord = { ...(await firstRecord(crypto)), body: hex(body) };
      const fits = fitsKeyRecord(crypto, record, rootKey(vector));
      if (vector.code === 'wrong-key') assert.equal(await fits, false);
      else await assert.rejects(fits, { code: vector.code });
    });
  }
}

const [first] = vectors.cases as [Vector];

function firstRecord(crypto: CryptoPort): Promise<RecoveryRecord> {
  return parseRecoveryRecord(crypto, objectOf(first));
}

test('any record survives being signed and read', async () => {
  const ownerSeed = new Secret(new Uint8Array(32).fill(4));
  const ownerPublicKey = nodeCrypto.ed25519PublicKey(ownerSeed.bytes());
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const fields = {
    method: fc.constantFrom('key' as const, 'password' as const, 'passkey' as const),
    version: fc.integer({ min: 1, max: 999_999 }),
    backupId: hash,
    ownerPublicKey: fc.constant(ownerPublicKey),
    previousHash: hash,
    body: fc.uint8Array({ maxLength: 16_204, size: 'max' }),
  };
  const record: fc.Arbitrary<RecoveryRecord> = fc.record(fields, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(record, async (given) => {
      const object = await signRecoveryRecord(nodeCrypto, ownerSeed, given);
      assert.equal(object.length, RECOVERY_RECORD_BYTES);
      assert.deepEqual(await parseRecoveryRecord(nodeCrypto, object), given);
    }),
    { numRuns: 30 },
  );
});

test('any flipped bit of a recovery record is noticed', async () => {
  const object = objectOf(first);
  await fc.assert(
    fc.asyncProperty(fc.nat(object.length - 1), fc.nat(7), async (at, bit) => {
      const changed = object.slice();
      changed[at] = (changed[at] as number) ^ (1 << bit);
      await assert.rejects(parseRecoveryRecord(nodeCrypto, changed), (error) => {
        assert.ok(error instanceof HoldfastError);
        assert.equal(error.code, at === 7 && changed[7] !== 0 ? 'format-too-new' : 'damaged');
        return true;
      });
    }),
  );
});

test('a body commits to one root key, anew each time', async () => {
  const key = new Secret(new Uint8Array(32).fill(1));
  const record = await firstRecord(nodeCrypto);
  const one = { ...record, body: await encodeKeyRecordBody(nodeCrypto, key) };
  const two = { ...record, body: await encodeKeyRecordBody(nodeCrypto, key) };
  assert.notDeepEqual(one.body, two.body);
  assert.ok(await fitsKeyRecord(nodeCrypto, one, key));
  assert.ok(await fitsKeyRecord(nodeCrypto, two, key));
  assert.ok(!(await fitsKeyRecord(nodeCrypto, one, new Secret(new Uint8Array(32)))));
});

test('signRecoveryRecord() refuses a body that does not fit', async () => {
  const record = { ...(await firstRecord(nodeCrypto)), body: new Uint8Array(16_205) };
  const seed = new Secret(new Uint8Array(32));
  await assert.rejects(signRecoveryRecord(nodeCrypto, seed, record), RangeError);
});
