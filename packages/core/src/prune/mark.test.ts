/** Runs vectors/prune/marks.json, and what no vector can say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Keyring } from '../backup-format/index.ts';
import { fromHex, toHex } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { Secret } from '../secret/index.ts';
import { sealBox } from '../wire/index.ts';
import { MARK_PACKS_MAX, type MarkKeys, type MarkList, openMark, sealMark } from './mark.ts';

const MARK_BYTES = 256 * 1024;

interface Case extends MarkList {
  readonly name: string;
  readonly epoch: number;
  readonly salt: string;
  readonly firstBytes: string;
  readonly lastBytes: string;
  readonly sha256: string;
}

interface Failure {
  readonly name: string;
  readonly base: string;
  readonly patches?: readonly (readonly [number, string])[];
  readonly lengthBytes?: number;
  readonly backupId?: string;
  readonly plain?: string;
  readonly code: string;
}

interface Vectors {
  readonly given: { readonly backupId: string; readonly epochKeys: readonly string[] };
  readonly cases: readonly Case[];
  readonly failures: readonly Failure[];
}

const url = new URL('../../../../vectors/prune/marks.json', import.meta.url);
const { given, cases, failures }: Vectors = JSON.parse(readFileSync(url, 'utf8'));

/** Keys up to an epoch, which is then the newest, and a salt that is not random. */
function keysOf({ epoch, salt }: Case, backupId = given.backupId): MarkKeys {
  const epochKeys = given.epochKeys.slice(0, epoch + 1).map((key) => new Secret(fromHex(key)));
  const crypto: CryptoPort = { ...nodeCrypto, randomBytes: () => fromHex(salt) };
  return { crypto, keyring: new Keyring(epochKeys), backupId: fromHex(backupId) };
}

function baseOf({ base }: Failure): Case {
  return cases.find(({ name }) => name === base) as Case;
}

async function objectOf(failure: Failure): Promise<Uint8Array> {
  const base = baseOf(failure);
  const keys = keysOf(base);
  const sealed = await sealMark(keys, base);
  if (failure.plain !== undefined) {
    const plain = new Uint8Array(262_048);
    plain.set(fromHex(failure.plain));
    const header = sealed.subarray(0, 16);
    const context = new Uint8Array([...header, ...keys.backupId]);
    const epochKey = keys.keyring.epochKey(base.epoch);
    const box = await sealBox(keys.crypto, epochKey, 'mark', context, plain);
    return new Uint8Array([...header, ...box]);
  }
  const object = new Uint8Array(failure.lengthBytes ?? sealed.length);
  object.set(sealed.subarray(0, object.length));
  for (const [at, hex] of failure.patches ?? []) object.set(fromHex(hex), at);
  return object;
}

describe('marks', () => {
  for (const one of cases) {
    test(`vector: ${one.name}`, async () => {
      const keys = keysOf(one);
      const object = await sealMark(keys, one);
      assert.equal(object.length, MARK_BYTES);
      assert.equal(toHex(object.subarray(0, one.firstBytes.length / 2)), one.firstBytes);
      assert.equal(toHex(object.subarray(-one.lastBytes.length / 2)), one.lastBytes);
      assert.equal(toHex(nodeCrypto.sha256(object)), one.sha256);
      const { atMs, fence, packs } = one;
      assert.deepEqual(await openMark(keys, object), { atMs, fence, packs });
    });
  }

  for (const failure of failures) {
    test(`vector: ${failure.name}`, async () => {
      const keys = keysOf(baseOf(failure), failure.backupId);
      await assert.rejects(openMark(keys, await objectOf(failure)), { code: failure.code });
    });
  }

  test('hold up to 8,000 names, and no more', async () => {
    const keys = keysOf(cases[0] as Case);
    const packs = Array.from({ length: MARK_PACKS_MAX + 1 }, (_, i) =>
      i.toString(16).padStart(64, '0'),
    );
    const full = { atMs: Number.MAX_SAFE_INTEGER, fence: Number.MAX_SAFE_INTEGER };
    const most = { ...full, packs: packs.slice(1) };
    assert.deepEqual(await openMark(keys, await sealMark(keys, most)), most);
    await assert.rejects(sealMark(keys, { ...full, packs }), RangeError);
    await assert.rejects(sealMark(keys, { ...full, packs: [] }), RangeError);
  });
});
