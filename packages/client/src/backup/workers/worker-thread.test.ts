import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryBackup } from '../../fixture/temporary-backup.ts';
import { PackUploads } from '../../repository/pack-uploads.ts';
import { WorkerThread } from './worker-thread.ts';

test('a worker that ends fails what it was at, and takes nothing more', {
  timeout: 20_000,
}, async (t) => {
  const folder = await temporaryBackup(t);
  const backup = await folder.open();
  t.after(() => backup.close());
  const worker = new WorkerThread(backup, new PackUploads(backup, { packBuffers: 1 }));
  t.after(() => worker.terminate());
  writeFileSync(folder.path('note.txt'), 'hello');
  const fd = openSync(folder.path('note.txt'), 'r');
  t.after(() => closeSync(fd));
  const pieces = [{ fd, offset: 0, lengthBytes: 5 }];
  let ended: Promise<void> | undefined;
  const lost = worker.run({ type: 'chunks', pieces }, () => {
    ended = worker.terminate();
    return Uint8Array.of(1);
  });
  const group = assert.rejects(worker.group(0), /a worker ended/);
  await assert.rejects(lost, /was ended|a worker ended/);
  await group;
  await ended;
  await assert.rejects(worker.run({ type: 'flush' }, undefined), /was ended/);
});

test('a worker that was ended before its first task is not started', async (t) => {
  const folder = await temporaryBackup(t);
  const backup = await folder.open();
  t.after(() => backup.close());
  const worker = new WorkerThread(backup, new PackUploads(backup, { packBuffers: 1 }));
  await worker.terminate();
  await assert.rejects(worker.run({ type: 'flush' }, undefined), /was ended/);
  assert.equal(worker.hasStarted, false);
});
