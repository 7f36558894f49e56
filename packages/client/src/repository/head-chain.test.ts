/** Runs vectors/head/chains.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { findNewestHead, listHeadNumbers, type NewestHead } from './head-chain.ts';
import { headName } from './object-names.ts';

interface Vector {
  readonly name: string;
  readonly shown: Readonly<Record<string, string>>;
  readonly remembered: { readonly number: number; readonly hash: string } | null;
  readonly newest: number;
  readonly next: number;
  readonly generation?: 0 | 1;
  readonly code: string;
}

const url = new URL('../../../../vectors/head/chains.json', import.meta.url);
const { given, cases, failures } = JSON.parse(readFileSync(url, 'utf8')) as {
  given: {
    headPublicKey: string;
    nextHeadPublicKey: string;
    backupId: string;
    objects: Record<string, string>;
  };
  cases: Vector[];
  failures: Vector[];
};

async function find({ shown, remembered, generation = 0 }: Vector): Promise<NewestHead> {
  const store = new MemoryStore();
  for (const [number, name] of Object.entries(shown)) {
    await store.put(headName(Number(number)), fromHex(given.objects[name] as string));
  }
  const options = {
    store,
    crypto: nodeCrypto,
    headPublicKey: fromHex(generation === 0 ? given.headPublicKey : given.nextHeadPublicKey),
    backupId: fromHex(given.backupId),
    generation,
    firstHead: null,
  };
  const known = remembered && { number: remembered.number, hash: fromHex(remembered.hash) };
  const found = await findNewestHead(options, known);
  if (found.head === null)
    throw new HoldfastError('wrong-key', 'Cannot find a head: none verifies');
  return found;
}

for (const vector of cases) {
  test(`findNewestHead() takes what the vector says: ${vector.name}`, async () => {
    const { head, nextNumber, unverified } = await find(vector);
    assert.deepEqual([head?.number, nextNumber], [vector.newest, vector.next]);
    const above = Object.keys(vector.shown).filter((number) => Number(number) > vector.newest);
    assert.deepEqual(unverified.map(({ number }) => String(number)).reverse(), above);
  });
}

for (const vector of failures) {
  test(`findNewestHead() refuses what the vector says: ${vector.name}`, async () => {
    await assert.rejects(find(vector), { code: vector.code });
  });
}

test('listHeadNumbers() leaves out names that are of no head', async () => {
  const store = new MemoryStore();
  const names = ['000000000000', '3', '0000000000004', '1000000000000', '00000000000x'];
  for (const name of [...names, '000000000007'])
    await store.put(`heads/${name}`, new Uint8Array(1));
  assert.deepEqual(await listHeadNumbers(store, undefined), [7]);
});
