import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';

const PROCESS = fileURLToPath(new URL('../fixture/backup-process.ts', import.meta.url));
const MIB = 1024 * 1024;
/** Node itself and its heap, and per worker its own heap, slabs, and packs filling or on their way. */
const BOUND_BYTES = (300 + 60 * Math.min(availableParallelism(), 8)) * MIB;

/** It writes gigabytes. */
if (process.env.SLOW === '1') {
  test('memory stays bounded, however large the source is', async (t) => {
    const own = await temporaryBackup(t);
    for (let i = 0; i < 24; i++) appendFileSync(own.path('large'), randomBytes(64 * MIB, i));
    makeLedger(own.path('a.db'), { rows: 100_000 });
    mkdirSync(own.path('many'));
    for (let i = 0; i < 20_000; i++) writeFileSync(own.path('many', `file ${i}`), `${i}`);
    for (const action of ['backup', 'backup', 'restore', 'rotate', 'backup', 'restore']) {
      const child = spawnSync(process.execPath, [PROCESS, action, own.folder], {
        encoding: 'utf8',
      });
      assert.equal(child.status, 0, child.stderr);
      const mostBytes = Number(child.stdout);
      t.diagnostic(`${action}: ${Math.round(mostBytes / MIB)} MiB`);
      assert.ok(mostBytes < BOUND_BYTES, `${action} took ${mostBytes} bytes`);
    }
  });
}
