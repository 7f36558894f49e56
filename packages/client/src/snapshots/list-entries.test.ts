import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { OnEvent } from '../events.ts';
import { craftSnapshot } from '../fixture/craft-snapshot.ts';
import { damagedList } from '../fixture/damaged-list.ts';
import { makeLedger, setLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { diffSnapshots, type ListEntriesOptions, listEntries } from './list-entries.ts';
import { findSnapshot, listSnapshots } from './list-snapshots.ts';

async function sampleBackup(t: { after(fn: () => void): void }): Promise<TemporaryBackup> {
  const own = await temporaryBackup(t);
  mkdirSync(own.path('photos/old'), { recursive: true });
  mkdirSync(own.path('photos.more'));
  writeFileSync(own.path('photos/a.jpg'), randomBytes(1000));
  writeFileSync(own.path('photos/old/b.jpg'), 'b');
  symlinkSync('a.jpg', own.path('photos/link'));
  makeLedger(own.path('x.db'), { rows: 10 });
  await own.backUp();
  return own;
}

async function list(own: TemporaryBackup, options?: ListEntriesOptions): Promise<string[]> {
  const backup = await own.open();
  const lines: string[] = [];
  const snapshot = await findSnapshot(backup, 'latest');
  for await (const { path, kind, bytes } of listEntries(backup, snapshot, options)) {
    lines.push(`${Buffer.from(path)} ${kind} ${bytes}`);
  }
  await backup.close();
  return lines;
}

async function diff(
  own: TemporaryBackup,
  older: string,
  newer: string,
  onEvent?: OnEvent,
): Promise<string[]> {
  const backup = await own.open();
  const [a, b] = [await findSnapshot(backup, older), await findSnapshot(backup, newer)];
  const lines: string[] = [];
  for await (const { path, change, entry } of diffSnapshots(backup, a, b, onEvent && { onEvent })) {
    lines.push(`${change} ${Buffer.from(path)} ${entry.kind}`);
  }
  await backup.close();
  return lines;
}

describe('listEntries()', () => {
  test('lists sources, a folder, everything below it, or a file', async (t) => {
    const own = await sampleBackup(t);
    assert.deepEqual(await list(own), ['source folder 0']);
    assert.deepEqual(await list(own, { path: '/source/photos/' }), [
      'source/photos folder 0',
      'source/photos/a.jpg file 1000',
      'source/photos/link link 0',
      'source/photos/old folder 0',
    ]);
    assert.equal((await list(own, { recursive: true })).length, 8);
    assert.equal((await list(own, { path: 'source/photos', recursive: true })).length, 5);
    assert.deepEqual(await list(own, { path: 'source/photos/old/b.jpg' }), [
      'source/photos/old/b.jpg file 1',
    ]);
    const databases = await list(own, { path: 'source/x.db' });
    assert.match(databases.join(), /^source\/x\.db database \d+$/);
    await assert.rejects(list(own, { path: 'source/phot' }), { code: 'path-missing' });
    const aborted = list(own, { recursive: true, signal: AbortSignal.abort() });
    await assert.rejects(aborted, { code: 'cancelled' });
  });
});

describe('diffSnapshots()', () => {
  test('tells what was added, removed, changed, and only touched', async (t) => {
    const own = await sampleBackup(t);
    writeFileSync(own.path('new'), 'new');
    rmSync(own.path('photos/old'), { recursive: true });
    writeFileSync(own.path('photos/a.jpg'), randomBytes(1000, 2));
    chmodSync(own.path('photos.more'), 0o700);
    setLedger(own.path('x.db'), 5);
    await own.backUp();
    assert.deepEqual(await diff(own, '1', '2'), [
      'metadata source folder',
      'added source/new file',
      'metadata source/photos folder',
      'changed source/photos/a.jpg file',
      'removed source/photos/old folder',
      'removed source/photos/old/b.jpg file',
      'metadata source/photos.more folder',
      'changed source/x.db database',
    ]);
    assert.deepEqual(await diff(own, '2', '2'), []);
    const back = await diff(own, '2', '1');
    assert.ok(back.includes('removed source/new file'));
    assert.ok(back.includes('added source/photos/old/b.jpg file'));
  });

  test('takes a database that has only been copied for the same', async (t) => {
    const own = await sampleBackup(t);
    setLedger(own.path('x.db'), 1);
    await own.backUp();
    chmodSync(own.path('x.db'), 0o600);
    await own.backUp();
    assert.deepEqual(await diff(own, '2', '3'), ['metadata source/x.db database']);
  });
});

describe('a damaged list of files', () => {
  test('is listed and compared without the stretch that can not be read, and that is named', async (t) => {
    const own = await temporaryBackup(t);
    const names = await damagedList(own);
    const stretches: { path: string; before: string | null }[] = [];
    const onEvent: OnEvent = (event) => {
      if (event.type !== 'note') return;
      assert.equal(event.code, 'not-listed');
      const [path, before] = [event.path, event.before].map((it) => it && `${Buffer.from(it)}`);
      stretches.push({ path: path as string, before: before ?? null });
    };
    const listed = new Set(await list(own, { recursive: true, onEvent }));
    assert.ok(stretches.length > 0);
    assert.ok(listed.size > 1500 && listed.size < names.length, `${listed.size} entries`);
    const isNamed = (name: string): boolean =>
      stretches.some(({ path, before }) => path <= name && (before === null || name < before));
    for (const name of names) {
      const is = listed.has(`source/${name} file ${name.length}`);
      assert.equal(is, !isNamed(`source/${name}`), name);
    }
    const [{ path } = { path: '' }] = stretches;
    assert.deepEqual(await list(own, { path, onEvent }), []);
    await assert.rejects(list(own, { path: 'nothing', onEvent }), { code: 'path-missing' });

    const backup = await own.open();
    await craftSnapshot(backup, async () => []);
    await backup.close();
    stretches.length = 0;
    const lines = await diff(own, '1', '2', onEvent);
    assert.ok(stretches.length > 0);
    assert.equal(lines.filter((line) => line.startsWith('removed')).length, listed.size);
  });
});

describe('findSnapshot()', () => {
  test('finds by number or the latest, and says when there is none', async (t) => {
    const own = await temporaryBackup(t);
    const empty = await own.open();
    await assert.rejects(findSnapshot(empty, 'latest'), { code: 'snapshot-missing' });
    writeFileSync(own.path('file'), '1');
    await own.backUp();
    writeFileSync(own.path('file'), '2');
    await own.backUp();
    const backup = await own.open();
    assert.deepEqual(
      (await listSnapshots(backup)).map(({ number }) => number),
      [1, 2],
    );
    assert.equal((await findSnapshot(backup, 'latest')).number, 2);
    assert.equal((await findSnapshot(backup, '1')).number, 1);
    await assert.rejects(findSnapshot(backup, '3'), { code: 'snapshot-missing' });
    for (const selector of ['0', '-1', '1.5', 'x', '', '01', '1e3']) {
      await assert.rejects(findSnapshot(backup, selector), { code: 'usage' }, selector);
    }
  });
});
