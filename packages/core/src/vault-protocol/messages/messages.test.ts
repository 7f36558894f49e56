import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes } from '../../bytes/index.ts';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { openAnswer, type ServingKey, servingKeyMessage, signAnswer } from './answer.ts';
import {
  decodeRequest,
  encodeRequest,
  isSignedBy,
  REQUEST_KINDS,
  REQUEST_MAX_BYTES,
  signRequest,
  type VaultRequest,
} from './request.ts';

const DAY_MS = 24 * 3600 * 1000;
const NOW_MS = 1_790_000_000_000;
const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const publicKey = (byte: number): Uint8Array => nodeCrypto.ed25519PublicKey(seed(byte));

function signBy(byte: number): ServingKey['sign'] {
  return (message) => nodeCrypto.ed25519Sign(seed(byte), message);
}

function request(given: Partial<VaultRequest> = {}): VaultRequest {
  const ids = { vault: publicKey(1), backupId: seed(2), nonce: seed(3) };
  return { kind: 'guess', ...ids, body: new Uint8Array([1, 2, 3]), ...given };
}

function servingKey(days = 30, fromMs = NOW_MS - DAY_MS): ServingKey {
  const { certified, message } = servingKeyMessage(publicKey(9), fromMs, fromMs + days * DAY_MS);
  const signature = nodeCrypto.ed25519Sign(seed(1), message);
  return { sign: signBy(9), certificate: concatBytes(certified, signature) };
}

test('a request comes out as it went in, signed or not', async () => {
  for (const kind of REQUEST_KINDS) {
    const given = request({ kind });
    const isUnsigned = ['hello', 'guess'].includes(kind);
    const isEither = ['commit', 'status', 'record'].includes(kind);
    if (!isUnsigned) {
      const bytes = await signRequest(nodeCrypto, given, seed(5));
      assert.deepEqual(decodeRequest(bytes), given);
      assert.equal(await isSignedBy(nodeCrypto, bytes, kind, publicKey(5)), true);
      assert.equal(await isSignedBy(nodeCrypto, bytes, kind, publicKey(6)), false);
    } else {
      await assert.rejects(signRequest(nodeCrypto, given, seed(5)), TypeError);
    }
    if (isUnsigned || isEither) {
      const bytes = encodeRequest(given);
      assert.deepEqual(decodeRequest(bytes), given);
      assert.equal(await isSignedBy(nodeCrypto, bytes, kind, publicKey(5)), false);
    } else {
      assert.throws(() => encodeRequest(given), TypeError);
    }
  }
});

test('no bit of a signed request can be changed', async () => {
  const bytes = await signRequest(nodeCrypto, request({ kind: 'proof' }), seed(5));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ (1 << bit);
      assert.equal(await isSignedBy(nodeCrypto, changed, 'proof', publicKey(5)), false);
    }),
  );
});

test('a signature counts for the kind that it was made for only', async () => {
  const bytes = await signRequest(nodeCrypto, request({ kind: 'log' }), seed(5));
  const other = bytes.slice();
  other[8] = REQUEST_KINDS.indexOf('status') + 1;
  assert.equal(decodeRequest(other).kind, 'status');
  assert.equal(await isSignedBy(nodeCrypto, other, 'status', publicKey(5)), false);
  assert.equal(await isSignedBy(nodeCrypto, bytes, 'status', publicKey(5)), false);
});

test('what is no request is refused', () => {
  const bytes = encodeRequest(request());
  const withByte = (at: number, byte: number): Uint8Array => {
    const changed = bytes.slice();
    changed[at] = byte;
    return changed;
  };
  for (const bad of [
    new Uint8Array(0),
    bytes.slice(0, 104),
    withByte(0, 0),
    withByte(7, 0),
    withByte(8, 0),
    withByte(8, REQUEST_KINDS.length + 1),
    concatBytes(withByte(8, REQUEST_KINDS.indexOf('proof') + 1).slice(0, 105), seed(1)),
  ]) {
    assert.throws(() => decodeRequest(bad), { code: 'damaged' });
  }
  assert.throws(() => decodeRequest(withByte(7, 2)), { code: 'format-too-new' });
  const long = concatBytes(bytes, new Uint8Array(REQUEST_MAX_BYTES));
  assert.throws(() => decodeRequest(long), { code: 'limit-exceeded' });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
      assert.throws(() => decodeRequest(junk), { name: 'HoldfastError' });
    }),
  );
});

const asked = { requestHash: seed(7), nowMs: NOW_MS };
const answer = {
  kind: 'guess' as const,
  requestHash: seed(7),
  timeMs: NOW_MS,
  body: new Uint8Array([4, 5, 6]),
};

test('an answer is taken from the vault that was asked, for the request that was sent', async () => {
  const bytes = await signAnswer(publicKey(1), servingKey(), answer);
  const { kind, timeMs, body } = await openAnswer(nodeCrypto, publicKey(1), asked, bytes);
  assert.deepEqual({ kind, timeMs, body }, { kind: 'guess', timeMs: NOW_MS, body: answer.body });
  const untrusted = { code: 'vault-untrusted' };
  await assert.rejects(
    openAnswer(nodeCrypto, publicKey(1), { ...asked, requestHash: seed(8) }, bytes),
    untrusted,
  );
  await assert.rejects(openAnswer(nodeCrypto, publicKey(2), asked, bytes), untrusted);
});

test('no bit of an answer can be changed, nor its length', async () => {
  const bytes = await signAnswer(publicKey(1), servingKey(), answer);
  const refused = (changed: Uint8Array) =>
    assert.rejects(openAnswer(nodeCrypto, publicKey(1), asked, changed), {
      code: 'vault-untrusted',
    });
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ (1 << bit);
      await refused(changed);
    }),
  );
  for (let length = 0; length < bytes.length; length++) await refused(bytes.slice(0, length));
  await refused(concatBytes(bytes, new Uint8Array(1)));
});

test('a serving key counts in its time only, and no longer than 30 days', async () => {
  const opened = async (key: ServingKey): Promise<boolean> => {
    const bytes = await signAnswer(publicKey(1), key, answer);
    return await openAnswer(nodeCrypto, publicKey(1), asked, bytes).then(
      () => true,
      () => false,
    );
  };
  assert.equal(await opened(servingKey(30)), true);
  assert.equal(await opened(servingKey(31)), false);
  assert.equal(await opened(servingKey(10, NOW_MS + 1)), false);
  assert.equal(await opened(servingKey(10, NOW_MS - 10 * DAY_MS - 1)), false);
  const other = servingKey();
  const forged = { sign: signBy(8), certificate: other.certificate };
  assert.equal(await opened(forged), false);
});
