import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FRAME_BYTES } from '@holdfast/core/backup-format';
import { Secret } from '@holdfast/core/secret';
import { FaultStore } from '@holdfast/testing/fault-store';
import { randomBytes } from '../fixture/random-bytes.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import { packName } from './object-names.ts';

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
  const keyring = backup.keyring.withNextEpoch(new Secret(randomBytes(32, 2)));
  await backup.useKeyring(keyring, backup.keyringHash);
  const [pack] = [...backup.state.segments.packs.values()].filter(({ k }) => k > 0);
  assert.ok(pack);
  const reader = backup.reader();
  const object = await own.store.get(packName(pack.name));
  const expected = new Uint8Array(object?.subarray(FRAME_BYTES, 2 * FRAME_BYTES) ?? []);
  const { requests } = backup.counts;
  lies = true;
  // The first time the pack is fetched whole, and not once more for what is wanted of it.
  assert.deepEqual(await reader.fetchFrames(pack, 1, 1), expected);
  assert.equal(backup.counts.requests - requests, 1);
  for (const one of [reader, backup.reader()]) {
    await assert.rejects(one.fetchFrames(pack, 1, 1), { code: 'damaged' });
  }
  lies = false;
  assert.deepEqual(await backup.reader().fetchFrames(pack, 1, 1), expected);
  assert.equal(backup.counts.requests - requests, 4);
});
