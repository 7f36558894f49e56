// startWriter(): another process writes until it is stopped.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateSample } from './generate-sample.ts';
import { startWriter } from './start-writer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-sample-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

test('A writer writes until it is stopped, and leaves a sound database without a log', async () => {
  const folder = join(scratch, 'busy');
  generateSample(folder, { messages: 500, mediaFiles: 0, mediaBytes: 0 });
  const database = join(folder, 'Databases', 'msgstore.db');
  const writer = await startWriter(folder, { seed: 2 });
  assert.notEqual(writer.processId, process.pid);
  await sleep(150);
  const { transactions, messages } = await writer.stop();
  assert.ok(transactions > 1);
  assert.ok(messages >= transactions);
  assert.ok(!existsSync(`${database}-wal`));
  using db = new DatabaseSync(database, { readOnly: true });
  assert.equal(db.prepare('SELECT count(*) AS n FROM message').get()?.n, 500 + messages);
  assert.equal(db.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
});

test('startWriter() fails where there is no sample', async () => {
  await assert.rejects(startWriter(join(scratch, 'nothing')), /the writer ended with exit code 1/);
});
