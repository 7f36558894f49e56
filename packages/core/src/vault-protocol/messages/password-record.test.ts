import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { Secret } from '../../secret/index.ts';
import { VAULTS_MAX } from '../limits.ts';
import { joinShares, maskShare, splitSecret } from '../shares.ts';
import {
  decodePasswordBody,
  encodePasswordBody,
  openPasswordBody,
  type PasswordMethod,
  type RecordFrame,
} from './password-record.ts';

const bytes = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);

const frame: RecordFrame = {
  version: 3,
  backupId: bytes(1),
  ownerPublicKey: bytes(2),
  previousHash: bytes(3),
};

function method(n = 3, t = 2): PasswordMethod {
  return {
    salt: bytes(4, 16),
    argon2id: { memoryKib: 65_536, passes: 3, lanes: 1 },
    t,
    proofPublicKey: bytes(5),
    vaults: Array.from({ length: n }, (_, i) => ({
      identity: bytes(10 + i),
      recordId: bytes(30 + i, 16),
      place: i + 1,
      maskedShare: bytes(50 + i),
    })),
  };
}

const secret = () => new Secret(bytes(6));
const rootKey = () => new Secret(bytes(7));

test('a password record gives back what it says, and the root key to who has the secret', async () => {
  for (const [n, t] of [
    [1, 1],
    [3, 2],
    [VAULTS_MAX, VAULTS_MAX],
  ] as const) {
    const given = method(n, t);
    const body = await encodePasswordBody(nodeCrypto, frame, given, secret(), rootKey());
    const { sealedKey, ...clear } = decodePasswordBody(body);
    assert.deepEqual(clear, given);
    assert.equal(sealedKey.length, 112);
    const opened = await openPasswordBody(nodeCrypto, frame, decodePasswordBody(body), secret());
    assert.ok(opened?.equals(rootKey()));
    const other = new Secret(bytes(8));
    assert.equal(await openPasswordBody(nodeCrypto, frame, decodePasswordBody(body), other), null);
  }
});

test('nothing of a record or its frame can be exchanged without the box refusing to open', async () => {
  const body = await encodePasswordBody(nodeCrypto, frame, method(), secret(), rootKey());
  await fc.assert(
    fc.asyncProperty(fc.nat(body.length - 1), fc.nat(7), async (at, bit) => {
      const changed = body.slice();
      changed[at] = (changed[at] as number) ^ (1 << bit);
      let decoded: ReturnType<typeof decodePasswordBody>;
      try {
        decoded = decodePasswordBody(changed);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'damaged');
        return;
      }
      assert.equal(await openPasswordBody(nodeCrypto, frame, decoded, secret()), null);
    }),
  );
  for (const other of [
    { ...frame, version: 4 },
    { ...frame, backupId: bytes(9) },
    { ...frame, ownerPublicKey: bytes(9) },
    { ...frame, previousHash: bytes(9) },
  ]) {
    const opened = await openPasswordBody(nodeCrypto, other, decodePasswordBody(body), secret());
    assert.equal(opened, null);
  }
});

test('a record that makes no sense, or guesses cheap, is refused', async () => {
  const bodyOf = (given: PasswordMethod): Promise<Uint8Array> =>
    encodePasswordBody(nodeCrypto, frame, given, secret(), rootKey());
  const good = method();
  const [first, second, third] = good.vaults;
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const argon2id = (given: Partial<PasswordMethod['argon2id']>): PasswordMethod => ({
    ...good,
    argon2id: { ...good.argon2id, ...given },
  });
  for (const bad of [
    argon2id({ memoryKib: 65_535 }),
    argon2id({ memoryKib: 1_048_577 }),
    argon2id({ passes: 2 }),
    argon2id({ passes: 17 }),
    argon2id({ lanes: 0 }),
    argon2id({ lanes: 5 }),
    { ...good, t: 0 },
    { ...good, t: 4 },
    method(VAULTS_MAX + 1, 2),
    { ...good, vaults: [], t: 1 },
    { ...good, vaults: [first, second, { ...third, identity: first.identity }] },
    { ...good, vaults: [first, second, { ...third, place: first.place }] },
    { ...good, vaults: [first, second, { ...third, place: 0 }] },
  ]) {
    const body = await bodyOf(bad);
    assert.throws(() => decodePasswordBody(body), { code: 'damaged' });
  }
  const body = await bodyOf(good);
  for (const length of [0, 15, 56, body.length - 1]) {
    assert.throws(() => decodePasswordBody(body.slice(0, length)), { code: 'damaged' });
  }
  assert.throws(() => decodePasswordBody(new Uint8Array([...body, 0])), { code: 'damaged' });
});

test('any t shares make the secret, and t − 1 make it for none of all it could be', async () => {
  const whole = nodeCrypto.randomBytes(32);
  for (const [n, t] of [
    [1, 1],
    [3, 1],
    [2, 2],
    [3, 2],
    [5, 3],
    [9, 9],
  ] as const) {
    const shares = await splitSecret(whole, n, t);
    assert.equal(new Set(shares.map(({ place }) => place)).size, n);
    assert.ok(shares.every(({ place }) => place >= 1 && place <= 255));
    assert.deepEqual(await joinShares(shares.slice(0, t)), whole);
    assert.deepEqual(await joinShares(shares.slice(n - t)), whole);
    if (t > 1) assert.notDeepEqual(await joinShares(shares.slice(0, t - 1)), whole);
  }
  for (const [n, t] of [
    [0, 0],
    [1, 2],
    [3, 0],
    [10, 2],
    [2.5, 2],
  ] as const) {
    await assert.rejects(splitSecret(whole, n, t), RangeError);
  }
  await assert.rejects(splitSecret(new Uint8Array(31), 3, 2), RangeError);
});

test('a mask is its own reverse, and of its vault and record alone', async () => {
  const share = nodeCrypto.randomBytes(32);
  const output = nodeCrypto.randomBytes(32);
  const place = { identity: bytes(1), recordId: bytes(2, 16) };
  const masked = await maskShare(nodeCrypto, share, output, place);
  assert.notDeepEqual(masked, share);
  assert.deepEqual(await maskShare(nodeCrypto, masked, output, place), share);
  for (const other of [
    { ...place, identity: bytes(3) },
    { ...place, recordId: bytes(3, 16) },
  ]) {
    assert.notDeepEqual(await maskShare(nodeCrypto, masked, output, other), share);
  }
});
