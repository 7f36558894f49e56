/** Who has the root key from before a rotation, and may read and write the store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  deriveChunkNameKey,
  FRAME_BYTES,
  openKeyring,
  PACK_HEADER_BYTES,
  parsePackHeader,
} from '@holdfast/core/backup-format';
import { equalBytes, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { parseHead } from '@holdfast/core/head';
import type { Secret } from '@holdfast/core/secret';
import { counterNonce, deriveSealKeys, openBox } from '@holdfast/core/wire';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { check } from '../check/check.ts';
import { RotatedStore, rootKeyOf } from '../fixture/rotated-store.ts';
import { forget } from '../forget/forget.ts';
import { prune } from '../prune/prune.ts';
import type { Backup } from '../repository/backup.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';
import type { Store } from '../stores/index.ts';
import { rotateRoot } from './rotate-root.ts';

const HEAD_PUBLIC_BYTES = 120;
const makeStore = (nowMs: () => number): MemoryStore => new MemoryStore({ nowMs });

/** Shows no rotation, so that the program of a thief goes on as if there were none. */
function blindTo(store: Store): FaultStore {
  const blind = new FaultStore(store);
  blind.list = async function* (prefix, options) {
    for await (const info of store.list(prefix, options)) {
      if (!info.name.startsWith('rotations/')) yield info;
    }
  };
  blind.get = async (name, options) =>
    name.startsWith('rotations/') ? null : await store.get(name, options);
  return blind;
}

/** All that a device with the root key knows at some moment, 32 bytes each. */
async function secretsOf({ keys, keyring, chunkNameKey }: Backup, rootKey: Secret) {
  const { ownerSeed, providerAuthSeed, headSeed, keyringKey } = keys;
  const [first] = keyring.epochKeys;
  assert.ok(first !== undefined);
  const named = await deriveChunkNameKey(nodeCrypto, first);
  const own = [ownerSeed, providerAuthSeed, headSeed, keyringKey, chunkNameKey, named, rootKey];
  return [...own, ...keyring.epochKeys].map((secret) => secret.bytes().slice());
}

/** What of an object opens with a key that seals objects of its kind. */
async function opensWith(
  name: string,
  object: Uint8Array,
  key: Uint8Array,
  backupId: Uint8Array,
): Promise<boolean> {
  const [kind] = name.split('/');
  const at = (length: number): Uint8Array => object.subarray(0, length);
  const withId = (length: number): Uint8Array => new Uint8Array([...at(length), ...backupId]);
  const open = async (purpose: string, context: Uint8Array, from: number, to?: number) =>
    (await openBox(nodeCrypto, key, purpose, context, object.subarray(from, to))) !== null;
  switch (kind) {
    case 'keyrings':
      return await open('keyring-seal', withId(8), 8);
    case 'heads':
      return await open('head-seal', at(HEAD_PUBLIC_BYTES), HEAD_PUBLIC_BYTES, 4032);
    case 'marks':
      return await open('mark', withId(16), 16);
    case 'packs': {
      const { salt } = parsePackHeader(object);
      const keys = await deriveSealKeys(nodeCrypto, key, salt, 'pack');
      const frame = object.slice(PACK_HEADER_BYTES, FRAME_BYTES);
      const header = at(PACK_HEADER_BYTES);
      return nodeCrypto.open(keys.key, counterNonce(0), header, frame) !== null;
    }
    default:
      return false;
  }
}

test('nothing that is written after a rotation opens with what was known before it', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  const { store } = own.shared;
  const [known, id] = await own.opened({ device: 'thief' }, async (backup) => [
    await secretsOf(backup, rootKeyOf(0)),
    backup.id,
  ]);
  const before = new Set(await own.shared.names());
  await own.rotate();
  await own.backUp('second', 2, { generation: 1 });
  await own.backUp('third', 3, { generation: 1 });
  await own.opened({ generation: 1 }, async (backup) => {
    await forget(backup, { numbers: [2] });
    await prune(backup);
  });
  const since = (await own.shared.names()).filter((name) => !before.has(name));
  const kinds = new Set(since.map((name) => name.split('/')[0]));
  assert.deepEqual(kinds, new Set(['keyrings', 'heads', 'rotations', 'records', 'packs', 'marks']));
  for (const name of await own.shared.names()) {
    const object = await store.get(name);
    assert.ok(object !== null);
    const opened = await Promise.all(known.map((key) => opensWith(name, object, key, id)));
    // That what lay there before does open shows that the thief looks where he should.
    const isSealed = !/^(?:records|rotations)/.test(name);
    assert.equal(opened.includes(true), isSealed && before.has(name), name);
  }
});

test('no key of a later time lies in the store in plain, and the keyring opens to who has the newest', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  await own.rotate();
  const later = await own.opened({ generation: 1 }, async ({ store, keys, keyring, state }) => {
    const object = await store.get(`keyrings/${toHex(state.head.keyringHash)}`);
    assert.ok(object !== null);
    const opened = await openKeyring(nodeCrypto, keys.keyringKey, keys.backupId, object);
    assert.deepEqual(opened.newestEpoch, 1);
    const secrets = [keys.ownerSeed, keys.headSeed, keys.keyringKey, ...keyring.epochKeys];
    return secrets.map((secret) => toHex(secret.bytes()));
  });
  for (const name of await own.shared.names()) {
    const hex = toHex((await own.shared.store.get(name)) as Uint8Array);
    for (const secret of later) assert.ok(!hex.includes(secret), name);
  }
});

test('nothing that a holder of the key before writes after a rotation is taken', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  await own.rotate();
  const store = blindTo(own.shared.store);
  // He backs up, and puts a root key of his own in force, as far as he can.
  await own.backUp('planted', 7, { device: 'thief', store });
  const keys = { rootKey: rootKeyOf(0), nextKey: rootKeyOf(1, 9), carried: null };
  await own.opened({ device: 'thief', store }, (backup) => rotateRoot(backup, keys));
  await own.backUp('planted too', 8, { device: 'thief', generation: 1, rival: 9 });
  const thiefs = await own.opened({ device: 'reader', generation: 1, rival: 9 }, listSnapshots);
  assert.equal(thiefs.length, 3);

  const listed = async () =>
    (await own.opened({ device: 'new', generation: 1 }, listSnapshots)).map(({ number }) => number);
  assert.deepEqual(await listed(), [1]);
  await own.backUp('second', 2, { generation: 1 });
  assert.deepEqual(await listed(), [1, 2]);
  await own.opened({ generation: 1 }, async (backup) => {
    assert.equal(backup.isBehind, false);
    const { findings } = await check(backup, { readData: 'all' });
    assert.deepEqual(
      findings.filter(({ what }) => /root key/.test(what)).map(({ severity }) => severity),
      ['warning'],
    );
    await prune(backup, { graceMs: 0 });
    await prune(backup, { graceMs: 0 });
  });
  await own.opened({ device: 'new', generation: 1 }, async (backup) => {
    const damage = (await check(backup, { readData: 'all' })).findings.filter(
      ({ severity, affects }) =>
        severity === 'damage' && !affects.every((one) => /^heads/.test(one)),
    );
    assert.deepEqual(damage, []);
  });
  // And a device that has the key before is told, whichever of the two came after it.
  await assert.rejects(
    own.opened({ device: 'laptop' }, async () => undefined),
    { code: 'key-rotated' },
  );
});

test('a holder of the key before has the backup of no device go on from his', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  await own.rotate();
  const store = blindTo(own.shared.store);
  await own.backUp('planted', 7, { device: 'thief', store });
  const newest = Math.max(
    ...(await own.shared.names('heads/')).map((name) => Number(name.slice('heads/'.length))),
  );
  await own.backUp('second', 2, { generation: 1 });
  const heads = await Promise.all(
    (await own.shared.names('heads/')).map(async (name) =>
      parseHead((await own.shared.store.get(name)) as Uint8Array),
    ),
  );
  const last = heads.at(-1);
  const planted = heads.find(({ number }) => number === newest);
  assert.ok(last !== undefined && planted !== undefined && last.number > newest);
  assert.equal(planted.generation, 0);
  const before = heads.find(({ generation, number }) => generation === 1 && number < newest);
  assert.ok(before !== undefined);
  const object = (await own.shared.store.get(
    `heads/${String(before.number).padStart(12, '0')}`,
  )) as Uint8Array;
  assert.ok(equalBytes(last.previousHash, nodeCrypto.sha256(object)));
});
