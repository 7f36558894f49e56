import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Address } from '@holdfast/core/backup-format';
import { craftSnapshot } from '../fixture/craft-snapshot.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import { PlacementWriter } from './placement-writer.ts';
import { JOB_BYTES } from './plan-jobs.ts';
import type { RestoreFile } from './restore-file.ts';
import { RestorePool } from './restore-pool.ts';

describe('PlacementWriter', () => {
  test("lets a file that can't be written to fail alone", async (t) => {
    const own = await temporaryBackup(t);
    const backup = await own.open();
    const stored: Address[] = [];
    await craftSnapshot(backup, async ({ blob }) => {
      for (const text of ['first', 'other']) stored.push(await blob('chunk', Buffer.from(text)));
      return [];
    });
    const ended: unknown[][] = [[], []];
    const descriptors = ['r', 'w'].map((mode, i) => {
      const path = join(own.folder, `${i}`);
      writeFileSync(path, '');
      return openSync(path, mode);
    });
    const files = descriptors.map((fd, i) => ({
      fd,
      hasFailed: false,
      arrive: (failure: unknown) => ended[i]?.push(failure),
    })) as unknown as RestoreFile[];
    const placements = files.flatMap((file) =>
      stored.map((address, i) => ({
        address,
        file,
        fileOffset: i * 5,
        from: 0,
        lengthBytes: 5,
        passingBytes: 0,
      })),
    );
    const pool = new RestorePool(1, JOB_BYTES);
    try {
      const reader = backup.reader();
      const { segments } = backup.state;
      const writer = new PlacementWriter({ reader, segments, pool, onWritten: () => undefined });
      await writer.put(placements);
      await writer.drain();
    } finally {
      await pool.terminate();
      for (const fd of descriptors) closeSync(fd);
    }
    assert.deepEqual(
      ended.map((failures) => failures.map((one) => (one as { code?: string } | null)?.code)),
      [
        ['target-denied', 'target-denied'],
        [undefined, undefined],
      ],
    );
    assert.equal(readFileSync(join(own.folder, '1'), 'utf8'), 'firstother');
    await backup.close();
  });
});
