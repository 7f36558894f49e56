import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FRAME_BYTES, Keyring } from '@holdfast/core/backup-format';
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
  const keys = [...backup.keyring.epochKeys, new Secret(randomBytes(32, 2))];
  await backup.useKeyring(
    new Keyring(keys.map((key) => new Secret(key.bytes().slice()))),
    backup.keyringHash,
  );
  const [pack] = [...backup.state.segments.packs.values()].filter(({ k }) => k > 0);
  assert.ok(pack);
  const reader = backup.reader();
  const object = await own.store.get(packName(pack.name));
  const expected = new Uint8Array(object?.subarray(FRAME_BYTES, 2 * FRAME_BYTES) ?? []);
  const { requests } = backup.counts;
  for (const asked of [1, 2]) {
    assert.deepEqual(await reader.fetchFrames(pack, 1, 1), expected);
    // The first time the pack is fetched whole, and not once more for what is wanted of it.
    assert.equal(backup.counts.requests - requests, asked);
  }
  lies = true;
  await assert.rejects(reader.fetchFrames(pack, 1, 1), { code: 'damaged' });
  const another = backup.reader();
  assert.deepEqual(await another.fetchFrames(pack, 1, 1), expected);
  await assert.rejects(another.fetchFrames(pack, 1, 1), { code: 'damaged' });
});
