import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FaultStore } from '@holdfast/testing/fault-store';
import { randomBytes } from '../fixture/random-bytes.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';

const PROCESS = fileURLToPath(new URL('../fixture/lock-process.ts', import.meta.url));

describe('two backups of one device at once', () => {
  test('are not made: the second says that another is running, and harms nothing', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('file'), 'text');
    const goOn = Promise.withResolvers<void>();
    const isHeld = Promise.withResolvers<void>();
    const store = new FaultStore(own.store);
    store.put = async (name, bytes, options) => {
      isHeld.resolve();
      await goOn.promise;
      return await own.store.put(name, bytes, options);
    };
    const first = own.backUp({ store });
    await isHeld.promise;
    await assert.rejects(own.backUp(), { code: 'already-running' });
    assert.equal((await own.backUp({ device: 'tablet' })).snapshot, 1);
    const { to } = await own.restore();
    assert.ok(to);
    goOn.resolve();
    assert.equal((await first).snapshot, 2);
    assert.equal((await own.backUp()).isNew, false);
  });

  test('are possible again when the first was killed', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('file'), 'text');
    const backup = await own.open();
    const path = backup.device.lockFile;
    await backup.close();
    const child = spawn(process.execPath, [PROCESS, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await assert.rejects(own.backUp(), { code: 'already-running' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal((await own.backUp()).snapshot, 1);
  });
});

test('what is no lock stops a backup rather than let two run, and is named', async (t) => {
  const own = await temporaryBackup(t);
  writeFileSync(own.path('file'), 'text');
  const backup = await own.open();
  const path = backup.device.lockFile;
  await backup.close();
  writeFileSync(path, randomBytes(8192));
  const unusable = (state: string) => ({
    code: 'device-unusable',
    message: `Cannot lock ${path}: ${state}`,
  });
  await assert.rejects(
    own.backUp(),
    unusable('it is no lock; remove it while no backup is running'),
  );
  rmSync(path);
  mkdirSync(path);
  await assert.rejects(own.backUp(), unusable('it is no file that can be written'));
  rmdirSync(path);
  assert.equal((await own.backUp()).snapshot, 1);
});
