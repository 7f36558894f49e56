import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FRAME_BYTES, Keyring } from '@holdfast/core/backup-format';
import { Secret } from '@holdfast/core/secret';
import { FaultStore } from '@holdfast/testing/fault-store';
import { randomBytes } from '../fixture/random-bytes.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';

test('only frames of an older epoch are used that were part of what was hashed', async (t) => {
  const own = await temporaryBackup(t);
  writeFileSync(own.path('file'), randomBytes(500_000));
  await own.backUp();
  const store = new FaultStore(own.store);
  let lies = false;
  store.get = async (name, options) => {
    const bytes = await own.store.get(name, options);
    if (lies && options?.range?.lengthBytes === FRAME_BYTES) bytes?.fill(1, 100, 110);
    return bytes;
  };
  const backup = await own.open('phone', store);
  t.after(() => backup.close());
  const keys = [...backup.keyring.epochKeys, new Secret(randomBytes(32, 2))];
  await backup.useKeyring(
    new Keyring(keys.map((key) => new Secret(key.bytes().slice()))),
    backup.keyringHash,
  );
  const [pack] = [...backup.state.segments.packs.values()].filter(({ k }) => k > 0);
  assert.ok(pack);
  const reader = backup.reader();
  const honest = await reader.fetchFrames(pack, 1, 1);
  assert.equal(honest.length, FRAME_BYTES);
  lies = true;
  for (const again of [reader, backup.reader()]) {
    await assert.rejects(again.fetchFrames(pack, 1, 1), { code: 'damaged' });
  }
});
