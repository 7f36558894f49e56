import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { toHex } from '@holdfast/core/bytes';
import { FolderBytes } from '../bytes/index.ts';
import { ACCOUNT, LARGE, SMALL } from '../fixture/changed-account.ts';
import { openSqliteMetadata } from '../metadata/index.ts';
import { removeOrphans } from './upkeep.ts';

const PROGRAM = fileURLToPath(new URL('../fixture/change-in-process.ts', import.meta.url));
const TWO_DAYS_MS = 48 * 3600 * 1000;
/** More than there are. */
const STEPS_MAX = 100;

/** What was answered before the process died, or came to its end. */
function dieAt(step: number, folder: string): { answered: string[]; hasEnded: boolean } {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [PROGRAM, folder, String(step)],
    { encoding: 'utf8' },
  );
  assert.ok(status === 0 || signal === 'SIGKILL', stderr);
  return { answered: stdout.split('\n').filter((line) => line !== ''), hasEnded: status === 0 };
}

/** All that has to hold whatever was answered. */
async function assertSound(folder: string, answered: readonly string[], step: number) {
  const metadata = await openSqliteMetadata(join(folder, 'provider.sqlite'));
  const bytes = new FolderBytes(join(folder, 'objects'));
  const { accountId } = ACCOUNT;
  const now = () => Date.now() + TWO_DAYS_MS;
  await removeOrphans({ metadata, bytes, retentionMs: 0, now });
  const page = { prefix: '', after: null, limit: 10 };
  const listed = await metadata.listObjects(accountId, page);
  const account = await metadata.readAccount(accountId);
  const sum = listed.reduce((total, { lengthBytes }) => total + lengthBytes, 0);
  assert.deepEqual([account?.usedBytes ?? 0, account?.objects ?? 0], [sum, listed.length]);
  for (const { name, hash, place, lengthBytes } of listed) {
    const stream = place && (await bytes.read({ accountId, place }, { offset: 0, lengthBytes }));
    const whole = stream
      ? Buffer.concat(await stream.toArray())
      : await metadata.readInline(accountId, name);
    assert.ok(whole !== null, `${name} at step ${step}`);
    assert.equal(toHex(createHash('sha256').update(whole).digest()), toHex(hash), `step ${step}`);
  }
  const names = new Set(listed.map(({ name }) => name));
  if (answered.includes(`put ${SMALL.name}`)) assert.ok(names.has(SMALL.name), `step ${step}`);
  // It was put, deleted, and put again; a deletion that got no answer may have been done.
  const ofLarge = answered.filter((line) => line.endsWith(LARGE.name));
  if (ofLarge.length === 3) assert.ok(names.has(LARGE.name), `step ${step}`);
  const left = await Array.fromAsync(bytes.list());
  for (const { place } of left) assert.ok(await metadata.hasPlace(accountId, place));
  await metadata.close();
  return names;
}

test('killed at any step, a provider has what it answered, whole, and nothing that no row names', async () => {
  let step = 1;
  for (let hasEnded = false; !hasEnded; step++) {
    assert.ok(step < STEPS_MAX);
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-killed-'));
    mkdirSync(join(folder, 'objects'));
    try {
      const died = dieAt(step, folder);
      ({ hasEnded } = died);
      await assertSound(folder, died.answered, step);
      // Done again, as a device does that got no answer.
      const again = dieAt(0, folder);
      assert.equal(again.answered.length, 4);
      const names = await assertSound(folder, again.answered, 0);
      assert.deepEqual([...names].toSorted(), [SMALL.name, LARGE.name].toSorted());
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  assert.ok(step > 20, `${step} steps`);
});
