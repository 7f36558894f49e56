import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertSameTree, readTree } from '../fixture/folder-tree.ts';
import { makeLedger, setLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';

const PROCESS = fileURLToPath(new URL('../fixture/backup-process.ts', import.meta.url));

function makeSource(own: TemporaryBackup, round: number): void {
  for (let i = 0; i < 4; i++) {
    writeFileSync(own.path(`file ${i}`), randomBytes(100_000, 10 * round + i));
  }
  if (round === 0) makeLedger(own.path('a.db'));
  else setLedger(own.path('a.db'), round);
}

/** Kills a backup before each of its store calls in turn; what comes after must be whole. */
async function survivesCrashes(own: TemporaryBackup, round: number): Promise<void> {
  let deaths = 0;
  for (let nth = 1; ; nth++) {
    makeSource(own, round + nth);
    const child = spawnSync(process.execPath, [PROCESS, 'backup', own.folder, String(nth)]);
    if (child.signal !== 'SIGKILL') {
      assert.equal(child.status, 0, String(child.stderr));
      break;
    }
    deaths++;
    const expected = await readTree(own.source);
    await own.backUp();
    const { to, failed } = await own.restore();
    assert.deepEqual(failed, []);
    assertSameTree(await readTree(join(to, 'source')), expected);
    rmSync(to, { recursive: true });
  }
  assert.ok(deaths >= 8, `died ${deaths} times`);
}

describe('a backup that is killed at any moment', () => {
  test('leaves a store that the next one completes', async (t) => {
    const own = await temporaryBackup(t);
    makeSource(own, 0);
    await survivesCrashes(own, 0);
  });
});
