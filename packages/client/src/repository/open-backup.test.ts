import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Secret } from '@holdfast/core/secret';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { check } from '../check/check.ts';
import {
  fixtureDevice,
  fixtureKey,
  type TemporaryBackup,
  temporaryBackup,
  temporaryFolder,
} from '../fixture/temporary-backup.ts';
import { openStore } from '../stores/index.ts';
import { initBackup } from './init-backup.ts';
import { keyVerifier, openBackup, readBackupId } from './open-backup.ts';

async function opens(own: TemporaryBackup, device = 'phone'): Promise<string> {
  try {
    const backup = await own.open(device);
    await backup.close();
    return 'opened';
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}

function newestHead(own: TemporaryBackup): string {
  const name = [...own.objects('heads/').keys()].at(-1);
  return join(own.storeFolder, name as string);
}

/** Makes one more state. */
async function advance(own: TemporaryBackup, text: string): Promise<void> {
  writeFileSync(own.path('file'), text);
  await own.backUp();
}

describe('openBackup()', () => {
  test('tells a wrong key from a damaged head', async (t) => {
    const own = await temporaryBackup(t);
    const wrong = new Secret(new Uint8Array(32).fill(8));
    const withWrongKey = () => openBackup(own.store, wrong, { device: own.device('thief') });
    await assert.rejects(withWrongKey(), { code: 'wrong-key' });
    const path = newestHead(own);
    const head = readFileSync(path);
    const places = [0, 6, 7, 8, 39, 43, 51, 60, 90, 119, 120, 500, 4031, 4032, 4095];
    for (const at of places) {
      const spoilt = Buffer.from(head);
      spoilt.writeUInt8((head[at] as number) ^ 1, at);
      writeFileSync(path, spoilt);
      const expected = at === 6 || at === 7 ? /^(damaged|format-too-new)$/ : /^damaged$/;
      for (const device of ['phone', 'new'])
        assert.match(await opens(own, device), expected, `${at}`);
    }
    for (const spoilt of [head.subarray(0, 4095), Buffer.alloc(0)]) {
      writeFileSync(path, spoilt);
      assert.equal(await opens(own, 'new'), 'damaged');
    }
    writeFileSync(path, head.fill(0x5a, 3000, 3100));
    await assert.rejects(withWrongKey(), { code: 'wrong-key' });
  });

  test('goes by the newest record of the key that is sound', async (t) => {
    const own = await temporaryBackup(t);
    await own.store.put('records/key-000009', Buffer.from('junk'));
    const wrong = new Secret(new Uint8Array(32).fill(8));
    const opening = openBackup(own.store, wrong, { device: own.device('thief') });
    await assert.rejects(opening, { code: 'wrong-key' });
    assert.equal(await (await keyVerifier(own.store))(fixtureKey().bytes()), true);
    await own.store.delete('records/key-000001');
    await assert.rejects(keyVerifier(own.store), { code: 'damaged' });
    assert.equal(await opens(own), 'opened');
  });

  test('leaves nothing behind for a wrong key: no folder, and no key in memory', async (t) => {
    const own = await temporaryBackup(t);
    const wrong = new Secret(new Uint8Array(32).fill(8));
    const wiped = t.mock.method(Secret.prototype, 'wipe').mock;
    const device = own.device('thief');
    await assert.rejects(openBackup(own.store, wrong, { device }), { code: 'wrong-key' });
    assert.equal(wiped.callCount(), 4);
    assert.deepEqual(readdirSync(device.stateFolder), ['device-id']);
    assert.equal(existsSync(device.cacheFolder), false);
    wiped.resetCalls();
    await assert.rejects(initBackup(own.store, { device, rootKey: wrong }), {
      code: 'backup-exists',
    });
    const full = new FaultStore(new MemoryStore(), [
      { call: 'put', prefix: 'heads/', fault: { kind: 'fail', code: 'store-full' } },
    ]);
    await assert.rejects(initBackup(full, { device, rootKey: wrong }), { code: 'store-full' });
    // Four from the root key, each time; the epoch key, and that for names.
    assert.equal(wiped.callCount(), 10);
  });

  test('forgets the keys of packs when it is closed', async (t) => {
    const own = await temporaryBackup(t);
    const backup = await own.open();
    const [pack] = backup.state.segments.packs.values();
    assert.ok(pack);
    const { key } = await backup.reader().packKeys(pack);
    assert.ok(key.some((byte) => byte !== 0));
    await backup.close();
    assert.ok(key.every((byte) => byte === 0));
  });

  test('asks for a newer version when a head is of a newer format', async (t) => {
    const own = await temporaryBackup(t);
    const head = readFileSync(newestHead(own));
    head.writeUInt16BE(2, 6);
    writeFileSync(newestHead(own), head);
    assert.equal(await opens(own), 'format-too-new');
  });

  test('says what is missing: the backup, its keyring, or a sound one', async (t) => {
    const own = await temporaryBackup(t);
    const [name = ''] = readdirSync(join(own.storeFolder, 'keyrings'));
    const path = join(own.storeFolder, 'keyrings', name);
    const keyring = readFileSync(path);
    renameSync(path, join(own.folder, 'kept'));
    assert.equal(await opens(own), 'object-missing');
    writeFileSync(path, keyring.fill(1, 2000, 2001));
    assert.equal(await opens(own), 'damaged');
    const empty = await openStore(join(temporaryFolder(t), 'empty'), { create: true });
    const opening = openBackup(empty, fixtureKey(), { device: own.device('other') });
    await assert.rejects(opening, { code: 'backup-missing' });
    assert.equal(await readBackupId(empty), null);
    await assert.rejects(keyVerifier(empty), { code: 'backup-missing' });
  });

  test('begins no second backup in a store', async (t) => {
    const own = await temporaryBackup(t);
    const again = initBackup(own.store, { device: own.device() });
    await assert.rejects(again, { code: 'backup-exists' });
    const verify = await keyVerifier(own.store);
    assert.equal(await verify(fixtureKey().bytes()), true);
    assert.equal(await verify(new Uint8Array(32)), false);
  });

  test('lets one of two that begin at once win', async (t) => {
    const folder = temporaryFolder(t);
    const store = await openStore(join(folder, 'store'), { create: true });
    const device = (name: string) => ({
      cacheFolder: join(folder, name, 'cache'),
      stateFolder: join(folder, name, 'state'),
      deviceName: name,
    });
    const begun = await Promise.allSettled(
      ['a', 'b'].map((name) => initBackup(store, { device: device(name) })),
    );
    const codes = begun.map((one) => (one.status === 'rejected' ? one.reason.code : 'begun'));
    assert.deepEqual(codes.sort(), ['backup-exists', 'begun']);
    const won = begun.find((one) => one.status === 'fulfilled');
    assert.ok(won?.status === 'fulfilled');
    const { rootKey } = won.value;
    const backup = await openBackup(store, rootKey, { device: device('c') });
    await backup.close();
  });
});

describe('a device that remembers', () => {
  test('notices when the store shows an older state, none, or another history', async (t) => {
    const own = await temporaryBackup(t);
    await advance(own, 'one');
    const older = join(own.folder, 'older');
    cpSync(own.storeFolder, older, { recursive: true });
    await advance(own, 'two');
    const newer = join(own.folder, 'newer');
    renameSync(own.storeFolder, newer);
    const show = (state: string): void => {
      rmSync(own.storeFolder, { recursive: true, force: true });
      cpSync(state, own.storeFolder, { recursive: true });
    };
    show(older);
    assert.equal(await opens(own), 'stale');
    assert.equal(await opens(own, 'new'), 'opened');
    // The other device goes on from there: a fork.
    writeFileSync(own.path('file'), 'another two');
    await own.backUp({ device: 'new' });
    assert.equal(await opens(own), 'stale');
    writeFileSync(own.path('file'), 'another three');
    await own.backUp({ device: 'new' });
    assert.equal(await opens(own), 'stale');
    assert.equal(await opens(own, 'new'), 'opened');
    rmSync(join(own.storeFolder, 'heads'), { recursive: true });
    assert.equal(await opens(own), 'stale');
    show(newer);
    assert.equal(await opens(own), 'opened');
    assert.equal(await opens(own, 'new'), 'stale');
  });

  test('is looked at when the person says so, and still remembered', async (t) => {
    const own = await temporaryBackup(t);
    await advance(own, 'one');
    const older = join(own.folder, 'older');
    cpSync(own.storeFolder, older, { recursive: true });
    await advance(own, 'two');
    rmSync(own.storeFolder, { recursive: true });
    cpSync(older, own.storeFolder, { recursive: true });
    const device = own.device();
    for (const onStale of ['look', 'accept'] as const) {
      assert.equal(await opens(own), 'stale');
      const backup = await openBackup(own.store, fixtureKey(), { device, onStale });
      assert.equal(backup.state.head.number, 2);
      await backup.close();
    }
    assert.equal(await opens(own), 'opened');
  });

  test('follows the chain over many states of others', async (t) => {
    const own = await temporaryBackup(t);
    await advance(own, '0');
    for (let i = 1; i <= 4; i++) {
      writeFileSync(own.path('file'), `${i}`);
      await own.backUp({ device: 'other' });
    }
    assert.equal(await opens(own), 'opened');
    const { to } = await own.restore();
    assert.equal(readFileSync(join(to, 'source/file'), 'utf8'), '4');
  });
});

test('a backup begun after a cut-off init of another key tells its own key from a wrong one', async (t) => {
  const folder = temporaryFolder(t);
  const device = fixtureDevice(folder, 'phone');
  const store = new MemoryStore();
  const fault = { kind: 'fail', code: 'store-unreachable' } as const;
  const cut = new FaultStore(store, [{ call: 'put', prefix: 'heads/', fault }]);
  await assert.rejects(initBackup(cut, { device }), { code: 'store-unreachable' });
  const { backup, rootKey } = await initBackup(store, { device });
  const fits = await keyVerifier(store);
  assert.equal(await fits(rootKey.bytes()), true);
  assert.deepEqual(
    (await check(backup)).findings.filter(({ severity }) => severity === 'damage'),
    [],
  );
  await backup.close();
});

test('an init that can not keep its state wipes its keys and stores nothing', async (t) => {
  const folder = temporaryFolder(t);
  const stateFolder = join(folder, 'file');
  writeFileSync(stateFolder, '');
  const device = { ...fixtureDevice(folder, 'phone'), stateFolder };
  const store = new MemoryStore();
  const wipe = t.mock.method(Secret.prototype, 'wipe');
  await assert.rejects(initBackup(store, { device }), { code: 'EEXIST' });
  // Four keys that follow from the root key, and the root key.
  assert.equal(wipe.mock.callCount(), 5);
  assert.equal((await Array.fromAsync(store.list(''))).length, 0);
});

test('a store that has lost its heads is not taken for one without a backup', async (t) => {
  const own = await temporaryBackup(t);
  writeFileSync(own.path('file'), 'hello');
  await own.backUp();
  rmSync(join(own.storeFolder, 'heads'), { recursive: true });
  const gone = { code: 'damaged', message: /heads are missing/, details: { objectName: 'heads/' } };
  for (const onDamage of ['fail', 'read-older', 'check'] as const) {
    const options = { device: own.device('new'), onDamage };
    await assert.rejects(openBackup(own.store, fixtureKey(), options), gone);
  }
  await assert.rejects(readBackupId(own.store), gone);
  const rootKey = new Secret(new Uint8Array(32).fill(9));
  await assert.rejects(initBackup(own.store, { device: own.device('new'), rootKey }), gone);
  assert.equal(await opens(own), 'stale');
});

test('what an init left that was cut off is in the way of nothing', async (t) => {
  const own = await temporaryBackup(t);
  rmSync(join(own.storeFolder, 'heads'), { recursive: true });
  await assert.rejects(own.open('new'), { code: 'backup-missing' });
  const { backup } = await initBackup(own.store, {
    device: own.device('new'),
    rootKey: new Secret(new Uint8Array(32).fill(9)),
  });
  await backup.close();
});
