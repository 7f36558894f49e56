import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  forEachStretch,
  packBytes,
  packContentBytes,
  sealPack,
} from '@holdfast/core/backup-format';
import { ByteWriter } from '@holdfast/core/bytes';
import { randomBytes } from '../fixture/random-bytes.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import { packName } from '../repository/object-names.ts';
import { check } from './check.ts';

/** Of streams, of parts and of blobs. */
const MOST = 65_536;

/** As many different streams, parts and blobs outside of them as an index may list. */
function oddIndex(): Uint8Array {
  const writer = new ByteWriter(3 << 20).varint(MOST);
  for (let i = 0; i < MOST; i++) writer.u64(0n).u64(BigInt(i));
  writer.varint(MOST);
  for (let i = 0; i < MOST; i++) writer.varint(i).varint(0).varint(1);
  writer.varint(MOST);
  for (let i = 0; i < MOST; i++) writer.u64(1n).u64(BigInt(i));
  writer.varint(MOST);
  for (let i = 0; i < MOST; i++) writer.u8(2).varint(i).svarint(0).varint(1);
  return writer.finish();
}

/** A pack's content that is zeros but for its index, laid out for `sealPack`. */
function packOf(k: number, index: Uint8Array): Uint8Array {
  const object = new Uint8Array(packBytes(k));
  const tail = new ByteWriter(index.length + 4).raw(index).u32(index.length).finish();
  forEachStretch(packContentBytes(k) - tail.length, tail.length, (at, done, length) => {
    object.set(tail.subarray(done, done + length), at);
  });
  return object;
}

test('check() names a pack that takes more memory than a worker has, and goes on', async (t) => {
  const folder = await temporaryBackup(t);
  writeFileSync(folder.path('long.bin'), randomBytes(36 * 1024 * 1024));
  await folder.backUp();
  const backup = await folder.open();
  t.after(() => backup.close());
  const { crypto, keyring, state } = backup;
  const [odd, lost] = [...state.segments.packs.values()].filter((pack) => pack.k === 6);
  assert.ok(odd && lost);
  const object = packOf(odd.k, oddIndex());
  await sealPack({ ...crypto, randomBytes: () => odd.salt }, keyring, odd.k, object);
  writeFileSync(join(folder.storeFolder, packName(odd.name)), object);
  writeFileSync(join(folder.storeFolder, packName(lost.name)), new Uint8Array(packBytes(lost.k)));
  const { findings } = await check(backup, { readData: 'all' });
  assert.deepEqual(
    findings.map(({ severity, what }) => `${severity}: ${what}`).sort(),
    [
      ...[`damage: ${packName(lost.name)} is damaged`],
      ...[`damage: ${packName(odd.name)} could not be looked through`],
    ].sort(),
  );
});
