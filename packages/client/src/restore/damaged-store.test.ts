import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { damagedList, flipByte } from '../fixture/damaged-list.ts';
import { makeLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';

const MIB = 1024 * 1024;
const FILES = 45;

/** So many files that some packs hold nothing but their contents. */
async function largeBackup(t: { after(fn: () => void): void }): Promise<TemporaryBackup> {
  const own = await temporaryBackup(t);
  mkdirSync(own.path('folder'));
  for (let i = 0; i < FILES; i++) writeFileSync(own.path(`${i}`), randomBytes(MIB, i));
  makeLedger(own.path('a.db'));
  await own.backUp();
  return own;
}

function fullPacks(own: TemporaryBackup): string[] {
  const packs = [...own.objects('packs/')].filter(([, bytes]) => bytes === 16 * MIB);
  assert.ok(packs.length >= 2, `${packs.length} full packs`);
  return packs.map(([name]) => join(own.storeFolder, name));
}

/** Restores, and checks that every file is either whole or named. @returns How many are named. */
async function restoreRest(own: TemporaryBackup, code: string): Promise<number> {
  const notes: string[] = [];
  const { to, failed, files } = await own.restore({
    onEvent: (event) => {
      if (event.type === 'note') notes.push(Buffer.from(event.path ?? []).toString());
    },
  });
  const named = failed.map(({ path }) => Buffer.from(path).toString());
  assert.deepEqual(new Set(failed.map((one) => one.code)), new Set(named.length > 0 ? [code] : []));
  assert.deepEqual(notes, named);
  const there = readdirSync(join(to, 'source'));
  assert.equal(there.length + named.length, FILES + 2, 'something is neither there nor named');
  assert.equal(files + named.length, FILES + 1);
  for (const name of there) {
    assert.ok(!named.includes(`source/${name}`));
    if (name === 'folder') continue;
    assert.ok(readFileSync(join(to, 'source', name)).equals(readFileSync(own.path(name))), name);
  }
  return named.length;
}

describe('restore() from a damaged store', () => {
  test('names the files whose pack is missing, and restores all others', async (t) => {
    const own = await largeBackup(t);
    const [pack = ''] = fullPacks(own);
    renameSync(pack, `${own.folder}/kept`);
    const named = await restoreRest(own, 'object-missing');
    assert.ok(named >= 14 && named <= 18, `${named} files`);
    renameSync(`${own.folder}/kept`, pack);
    assert.equal(await restoreRest(own, ''), 0);
  });

  test('names the files that a flipped bit or a cut touches, and restores all others', async (t) => {
    const own = await largeBackup(t);
    const [first = '', second = ''] = fullPacks(own);
    flipByte(first, 5 * MIB + 12_345);
    const ofFlip = await restoreRest(own, 'damaged');
    assert.ok(ofFlip >= 1 && ofFlip <= 2, `${ofFlip} files`);
    truncateSync(second, 10 * MIB);
    const ofBoth = await restoreRest(own, 'damaged');
    // Six files' worth, those at its ends, and what the workers happened to put beside them.
    assert.ok(ofBoth >= ofFlip + 5 && ofBoth <= ofFlip + 10, `${ofBoth} files`);
  });

  test("opens no pack that stands under another's name", async (t) => {
    const own = await largeBackup(t);
    const [first = '', second = ''] = fullPacks(own);
    rmSync(first);
    renameSync(second, first);
    const { failed } = await own.restore();
    assert.deepEqual(
      new Set(failed.map(({ code }) => code)),
      new Set(['damaged', 'object-missing']),
    );
  });

  test('skips the files of a damaged stretch of the list, names it, and restores all others', async (t) => {
    const own = await temporaryBackup(t);
    const names = await damagedList(own);
    const { to, failed, files } = await own.restore();
    const there = new Set(readdirSync(join(to, 'source')));
    assert.equal(there.size, files);
    assert.ok(files > 1500 && files < names.length, `${files} files`);
    const text = (path: Uint8Array): string => Buffer.from(path).toString();
    for (const { code, before } of failed) {
      assert.equal(code, 'damaged');
      assert.ok(before !== undefined);
    }
    for (const name of names) {
      const isNamed = failed.some(
        ({ path, before }) =>
          text(path) <= `source/${name}` && (!before || `source/${name}` < text(before)),
      );
      assert.equal(there.has(name), !isNamed, name);
    }
    const [first] = failed;
    assert.ok(first);
    const one = names.find((name) => there.has(name)) as string;
    const whole = await own.restore({ include: [`source/${one}`] });
    assert.deepEqual([whole.files, whole.failed], [1, []]);
    const lost = await own.restore({ include: [text(first.path)] });
    assert.deepEqual([lost.files, lost.failed], [0, [first]]);
  });
});
