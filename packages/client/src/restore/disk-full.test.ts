import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { randomBytes } from '../fixture/random-bytes.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';

const MIB = 1024 * 1024;

describe('restore() to a disk that is too small', () => {
  test('stops with disk-full, leaves nothing unfinished, and goes on when there is room', async (t) => {
    const own = await temporaryBackup(t);
    for (let i = 0; i < 5; i++) writeFileSync(own.path(`${i}`), randomBytes(2 * MIB, i));
    await own.backUp();
    const to = join(own.folder, 'small-disk');
    mkdirSync(to);
    try {
      const settings = ['-t', 'tmpfs', '-o', 'size=7m', 'tmpfs', to];
      execFileSync('mount', settings, { stdio: 'pipe' });
    } catch {
      t.skip('this needs root, and mount');
      return;
    }
    try {
      await assert.rejects(own.restore({ to }), { code: 'disk-full' });
      const names = readdirSync(join(to, 'source'));
      assert.deepEqual(
        names.filter((name) => name.startsWith('.')),
        [],
      );
      execFileSync('mount', ['-o', 'remount,size=40m', to]);
      const { failed, files, skipped } = await own.restore({ to });
      assert.deepEqual([failed, files + skipped], [[], 5]);
    } finally {
      execFileSync('umount', [to]);
    }
  });
});
