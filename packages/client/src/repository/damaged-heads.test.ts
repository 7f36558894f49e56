import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { backUp } from '../backup/back-up.ts';
import { check } from '../check/check.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { fixtureKey, type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { forget } from '../forget/forget.ts';
import { prune } from '../prune/prune.ts';
import { restore } from '../restore/restore.ts';
import { findSnapshot, listSnapshots } from '../snapshots/list-snapshots.ts';
import { headName, keyringName, packName } from './object-names.ts';
import { type OpenOptions, openBackup } from './open-backup.ts';

/** Heads 1 to 3; snapshots 1 and 2. */
async function twoSnapshots(t: TestContext): Promise<TemporaryBackup> {
  const own = await temporaryBackup(t);
  for (const text of ['one', 'two']) await store(own, text);
  return own;
}

async function store(own: TemporaryBackup, text: string, device = 'phone'): Promise<void> {
  writeFileSync(own.path('file'), text);
  await own.backUp({ device });
}

function put(own: TemporaryBackup, number: number, bytes: Uint8Array): void {
  writeFileSync(join(own.storeFolder, headName(number)), bytes);
}

function spoil(own: TemporaryBackup, number: number): void {
  put(own, number, readFileSync(join(own.storeFolder, headName(number))).fill(0x5a, 3000, 3010));
}

async function opened<Result>(
  own: TemporaryBackup,
  options: Partial<OpenOptions> & { name?: string },
  act: (backup: Awaited<ReturnType<typeof openBackup>>) => Promise<Result> | Result,
): Promise<Result> {
  const { name = 'phone', ...rest } = options;
  const backup = await openBackup(own.store, fixtureKey(), { device: own.device(name), ...rest });
  try {
    return await act(backup);
  } finally {
    await backup.close();
  }
}

const numbers = (own: TemporaryBackup, name: string): Promise<number[]> =>
  opened(own, { name }, async (backup) => (await listSnapshots(backup)).map((one) => one.number));

const JUNK: readonly [string, Buffer][] = [
  ['random bytes', Buffer.from(randomBytes(4096))],
  ['nothing', Buffer.alloc(0)],
  ['a head of another length', Buffer.concat([Buffer.from('HFHEAD\0\x01'), Buffer.alloc(100)])],
];

describe('an object far above the heads that is no head', () => {
  for (const [what, bytes] of JUNK) {
    test(`locks nobody out: ${what}`, async (t) => {
      const own = await twoSnapshots(t);
      put(own, 999_999_999_999, bytes);
      const notes: string[] = [];
      const onEvent: OpenOptions['onEvent'] = (event) => {
        if (event.type === 'note') notes.push(event.code);
      };
      await opened(own, { onEvent }, (backup) => assert.equal(backup.isBehind, false));
      assert.deepEqual(notes, ['head-skipped']);
      await store(own, 'three');
      await store(own, 'four', 'tablet');
      assert.ok(own.objects('heads/').has(headName(5)));
      assert.deepEqual(await numbers(own, 'new'), [1, 2, 3, 4]);
      await opened(own, {}, (backup) => forget(backup, { numbers: [1], evenLast: true }));
      await opened(own, {}, (backup) => prune(backup));
      const { findings } = await opened(own, { onDamage: 'check' }, (backup) => check(backup));
      const { severity, affects } = findings.find(({ what: text }) => text.includes('99999')) ?? {};
      assert.deepEqual([severity, affects], ['warning', [headName(999_999_999_999)]]);
    });
  }

  test('locks nobody out when it is an older head, or of a newer format', async (t) => {
    const own = await twoSnapshots(t);
    const head = readFileSync(join(own.storeFolder, headName(2)));
    put(own, 999_999_999_999, head);
    head.writeUInt8(2, 7);
    put(own, 999_999_999_998, head);
    for (const device of ['phone', 'new']) assert.deepEqual(await numbers(own, device), [1, 2]);
  });
});

describe('a damaged newest head', () => {
  test('is told to a new device, which reads the state before it', async (t) => {
    const own = await twoSnapshots(t);
    spoil(own, 3);
    const notes: string[] = [];
    const onEvent: OpenOptions['onEvent'] = (event) => {
      if (event.type === 'note') notes.push(event.message);
    };
    await opened(own, { name: 'new', onEvent }, async (backup) => {
      assert.equal(backup.isBehind, true);
      const to = join(own.folder, 'there');
      await restore(backup, await findSnapshot(backup, 'latest'), { to });
      assert.equal(readFileSync(join(to, 'source/file'), 'utf8'), 'one');
    });
    assert.match(notes.join(), /^Head 3 is damaged.* This goes on from head 2$/);
  });

  test('is refused by a device that remembers it, until told to go on', async (t) => {
    const own = await twoSnapshots(t);
    const [name, path] = [headName(3), join(own.storeFolder, headName(3))];
    spoil(own, 3);
    const refused = { code: 'damaged', message: /head 3, the newest that this device has seen/ };
    await assert.rejects(numbers(own, 'phone'), refused);
    renameSync(path, join(own.folder, 'kept'));
    await assert.rejects(numbers(own, 'phone'), { code: 'stale' });
    renameSync(join(own.folder, 'kept'), path);
    const nothing = new MemoryStore();
    const opening = { device: own.device(), onStale: 'accept' } as const;
    await assert.rejects(openBackup(nothing, fixtureKey(), opening), { code: 'backup-missing' });
    await assert.rejects(numbers(own, 'phone'), refused);
    const state = join(own.folder, 'device-phone/state');
    const memory = readdirSync(state, { recursive: true, encoding: 'utf8' }).find((file) =>
      file.endsWith('/head'),
    );
    const isKept = new FaultStore(own.store);
    isKept.get = (...args) => {
      assert.match(readFileSync(join(state, memory as string), 'utf8'), /^3 /);
      return own.store.get(...args);
    };
    const accepting = { device: own.device(), onStale: 'accept' } as const;
    await (await openBackup(isKept, fixtureKey(), accepting)).close();
    await opened(own, {}, (backup) => assert.equal(backup.isBehind, true));
    assert.deepEqual(await numbers(own, 'phone'), [1]);
    assert.ok(own.objects(name).has(name));
  });

  test('is passed over by the next backup, and by nothing that removes', async (t) => {
    const own = await twoSnapshots(t);
    spoil(own, 3);
    const removes = [
      (name: string) =>
        opened(own, { name }, (backup) => forget(backup, { numbers: [1], evenLast: true })),
      (name: string) => opened(own, { name }, (backup) => prune(backup, { graceMs: 0 })),
    ];
    const before = own.objects('packs/');
    for (const remove of removes) {
      await assert.rejects(remove('tablet'), { code: 'damaged' });
      assert.deepEqual(own.objects('packs/'), before);
    }
    await store(own, 'three', 'tablet');
    assert.ok(own.objects('heads/').has(headName(4)));
    assert.deepEqual(await numbers(own, 'new'), [1, 2]);
    for (const remove of removes) await remove('tablet');
    assert.deepEqual(await numbers(own, 'tablet'), [2]);
    // The one that saw the head which was passed over is told that this is another history.
    await assert.rejects(numbers(own, 'phone'), { code: 'stale' });
  });

  test('that was only misread is not passed over', async (t) => {
    const own = await twoSnapshots(t);
    const fault = { kind: 'flip', bit: 30_000 } as const;
    const rule = { call: 'get', prefix: headName(3), nth: 1, times: 2, fault } as const;
    const faulty = new FaultStore(own.store, [rule]);
    writeFileSync(own.path('file'), 'three');
    const { snapshot } = await own.backUp({ device: 'tablet', store: faulty });
    assert.equal(snapshot, 3);
    assert.deepEqual(await numbers(own, 'phone'), [1, 2, 3]);
  });

  test('that claims to be of another generation is passed over as any other', async (t) => {
    const own = await twoSnapshots(t);
    const head = readFileSync(join(own.storeFolder, headName(3)));
    head.writeUInt32BE(1, 40);
    head.fill(0x5a, 4032);
    put(own, 4, head);
    await store(own, 'three');
    assert.ok(own.objects('heads/').has(headName(5)));
    assert.deepEqual(await numbers(own, 'new'), [1, 2, 3]);
    const { findings } = await opened(own, { onDamage: 'check' }, (backup) => check(backup));
    assert.deepEqual(
      findings.map(({ what }) => what),
      ['Head 4 is damaged'],
    );
  });

  test('is told once by a backup that meets it after it was opened', async (t) => {
    const own = await twoSnapshots(t);
    await opened(own, { name: 'tablet' }, async (backup) => {
      put(own, 4, Buffer.from(randomBytes(4096)));
      writeFileSync(own.path('file'), 'three');
      const told = { code: 'head-skipped', message: /^Head 4 is damaged.*goes on from head 3$/ };
      const { notes, isNew } = await backUp(backup, [own.source]);
      assert.ok(isNew);
      assert.deepEqual(
        notes.map(({ code }) => code),
        [told.code],
      );
      assert.match(notes[0]?.message ?? '', told.message);
      assert.deepEqual((await backUp(backup, [own.source])).notes, []);
    });
    await opened(own, { name: 'desk' }, async (backup) => {
      put(own, 7, Buffer.from(randomBytes(4096)));
      const { notes } = await backUp(backup, [own.source]);
      assert.deepEqual(
        notes.map(({ code }) => code),
        ['head-skipped'],
      );
    });
  });

  test('that is too long costs no memory, and counts by its first bytes', async (t) => {
    const own = await twoSnapshots(t);
    const head = readFileSync(join(own.storeFolder, headName(3)));
    put(own, 3, Buffer.concat([head, Buffer.alloc(1 << 20)]));
    assert.deepEqual(await numbers(own, 'phone'), [1, 2]);
    await opened(own, {}, ({ counts }) => assert.ok(counts.bytesFetched < 1 << 20));
  });

  test('of a newer format stops every command', async (t) => {
    const own = await twoSnapshots(t);
    const head = readFileSync(join(own.storeFolder, headName(3)));
    head.writeUInt8(2, 7);
    put(own, 3, head);
    for (const device of ['phone', 'new']) {
      await assert.rejects(numbers(own, device), { code: 'format-too-new' });
    }
    const { findings } = await opened(own, { onDamage: 'check' }, (backup) => check(backup));
    assert.deepEqual(
      findings.map(({ what }) => what),
      ['Head 3 is damaged, or of a newer version'],
    );
  });
});

describe('a chain of heads', () => {
  test('is followed past a head that was passed over', async (t) => {
    const own = await twoSnapshots(t);
    await opened(own, { name: 'tablet' }, () => undefined);
    await store(own, 'three');
    spoil(own, 4);
    await store(own, 'four', 'desk');
    await store(own, 'five', 'desk');
    assert.deepEqual(await numbers(own, 'tablet'), [1, 2, 3, 4]);
    rmSync(join(own.storeFolder, headName(4)));
    assert.deepEqual(await numbers(own, 'desk'), [1, 2, 3, 4]);
  });
});

describe('check of a backup that can not be opened', () => {
  const whats = (own: TemporaryBackup, name: string) =>
    opened(own, { name, onDamage: 'check' }, async (backup) => await check(backup));

  test('tells of a damaged newest head, also to a device that remembers it', async (t) => {
    const own = await twoSnapshots(t);
    spoil(own, 3);
    for (const name of ['phone', 'new']) {
      const { findings, snapshots } = await whats(own, name);
      assert.equal(snapshots, 1);
      assert.deepEqual(
        findings.map(({ what }) => what),
        ['Head 3 is damaged'],
      );
    }
  });

  test('tells of a lost pack of the newest state, and goes on with the state before', async (t) => {
    const own = await twoSnapshots(t);
    const pack = await opened(own, {}, ({ state }) => {
      const { stream, offset } = state.headState.root;
      return packName(state.segments.resolve(stream, offset, 1)[0]?.pack.name as Uint8Array);
    });
    rmSync(join(own.storeFolder, pack));
    await assert.rejects(numbers(own, 'phone'), { code: 'object-missing' });
    const { findings, snapshots } = await whats(own, 'phone');
    assert.equal(snapshots, 1);
    assert.match(findings[0]?.what ?? '', /^What head 3 leads to can not be read: /);
    assert.ok(findings[0]?.affects.includes(pack));
    await opened(own, { onDamage: 'read-older' }, async (backup) => {
      assert.equal(backup.isBehind, true);
      assert.equal((await listSnapshots(backup)).length, 1);
      await assert.rejects(forget(backup, { numbers: [1], evenLast: true }), {
        code: 'object-missing',
      });
    });
    await assert.rejects(own.backUp(), { code: 'object-missing' });
  });

  test('reads data too, once the keyring is back that was missing when it was opened', async (t) => {
    const own = await twoSnapshots(t);
    const name = await opened(own, {}, ({ keyringHash }) => keyringName(keyringHash));
    const path = join(own.storeFolder, name);
    const keyring = readFileSync(path);
    rmSync(path);
    await opened(own, { name: 'new', onDamage: 'check' }, async (backup) => {
      assert.equal(backup.stateOrNull, null);
      writeFileSync(path, keyring);
      const { findings, packs, packsRead } = await check(backup, { readData: 'all' });
      assert.deepEqual([findings.length, packsRead], [0, packs]);
      assert.ok(packs > 0);
    });
  });

  test('tells of a lost keyring', async (t) => {
    const own = await twoSnapshots(t);
    const keyring = await opened(own, {}, ({ keyringHash }) => keyringName(keyringHash));
    rmSync(join(own.storeFolder, keyring));
    const { findings, snapshots } = await whats(own, 'new');
    assert.equal(snapshots, 0);
    assert.equal(findings[0]?.what, 'The keyring is missing');
    await assert.rejects(
      opened(own, { onDamage: 'read-older' }, () => undefined),
      { code: 'object-missing' },
    );
  });
});
