import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Event, ProgressEvent } from '../events.ts';
import { readTree } from '../fixture/folder-tree.ts';
import { makeLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { whenFound } from '../fixture/when-found.ts';

const MIB = 1024 * 1024;
const NETWORK = '/sys/devices/virtual/net/lo';

/** Backs one file up and acts after it was found, but before it is opened. */
async function actBeforeOpening(own: TemporaryBackup, path: string, act: () => void) {
  await own.backUp({ paths: [path] });
  // Written anew, so that it has to be opened.
  writeFileSync(path, readFileSync(path));
  return await own.backUp({ paths: [path], signal: whenFound(act) });
}

function countTrailingZeros(bytes: Uint8Array): number {
  return bytes.length - 1 - bytes.findLastIndex((byte) => byte !== 0);
}

/** Calls `act` once, as soon as something has been stored. */
function whenStored(act: () => void): (event: Event) => void {
  let isDone = false;
  return (event) => {
    if (isDone || event.type !== 'progress' || event.bytesDone === 0) return;
    isDone = true;
    act();
  };
}

describe('a source that changes while it is backed up', () => {
  test('loses a file after its folder was listed', async (t) => {
    const own = await temporaryBackup(t);
    execFileSync('mkfifo', [own.path('a-pipe')]);
    for (const name of ['b', 'c']) writeFileSync(own.path(name), name);
    const onEvent = (event: Event): void => {
      if (event.type === 'note' && event.code === 'special-file-skipped') rmSync(own.path('b'));
    };
    const { notes, unreadable } = await own.backUp({ onEvent });
    const codes = notes.map(({ code }) => code);
    assert.deepEqual([codes, unreadable], [['special-file-skipped', 'vanished'], 0]);
    const { to } = await own.restore();
    assert.deepEqual([...(await readTree(join(to, 'source'))).keys()], ['.', './c']);
  });

  const replacements: Record<string, { replace: (path: string) => void; code: string }> = {
    nothing: { replace: () => undefined, code: 'vanished' },
    'a link': { replace: (path) => symlinkSync('/etc/passwd', path), code: 'unreadable' },
    'a folder': { replace: (path) => mkdirSync(path), code: 'unreadable' },
    'a pipe': { replace: (path) => execFileSync('mkfifo', [path]), code: 'unreadable' },
  };
  for (const [what, { replace, code }] of Object.entries(replacements)) {
    test(`has ${what} in the place of a file when that is opened`, async (t) => {
      const own = await temporaryBackup(t);
      const path = join(own.folder, 'alone');
      for (const bytes of [5, 1024]) {
        rmSync(path, { recursive: true, force: true });
        writeFileSync(path, 'x'.repeat(bytes));
        // The second file looks as if it were a database, by its length.
        const { notes, snapshot } = await actBeforeOpening(own, path, () => {
          rmSync(path, { recursive: true, force: true });
          replace(path);
        });
        assert.deepEqual([notes.map((note) => note.code), snapshot], [[code], snapshot]);
      }
    });
  }

  test('has a file that shrinks, and one that grows, while they are read', async (t) => {
    for (const change of ['shrink', 'grow'] as const) {
      const own = await temporaryBackup(t);
      const before = randomBytes(40 * MIB, 9);
      writeFileSync(own.path('a'), randomBytes(MIB));
      writeFileSync(own.path('b'), before);
      const onEvent = whenStored(() => {
        if (change === 'grow') appendFileSync(own.path('b'), 'more');
        else truncateSync(own.path('b'), 5000);
      });
      const { notes } = await own.backUp({ onEvent });
      assert.deepEqual(
        notes.map(({ code }) => code),
        ['changed-while-read'],
      );
      const { to, failed } = await own.restore();
      assert.deepEqual(failed, []);
      const restored = readFileSync(join(to, 'source/b'));
      for (let at = 0; at < restored.length; at += MIB) {
        const piece = restored.subarray(at, at + MIB);
        const end = piece.length - (change === 'shrink' ? countTrailingZeros(piece) : 0);
        // What was gone already when pieces after it were still there reads as a hole.
        assert.ok(piece.subarray(0, end).equals(before.subarray(at, at + end)), `piece at ${at}`);
      }
      assert.equal(restored.length < before.length, change === 'shrink');
      assert.equal((await own.backUp()).filesChanged, 1, 'the next backup trusts what was read');
    }
  });

  test('has a database that a program without regard for locks cuts short', async (t) => {
    const own = await temporaryBackup(t);
    makeLedger(own.path('a.db'), { rows: 15_000 });
    writeFileSync(own.path('b'), 'text');
    const onEvent = whenStored(() => truncateSync(own.path('a.db'), 4096));
    const { notes, unreadable } = await own.backUp({ onEvent });
    assert.deepEqual([notes.map(({ code }) => code), unreadable], [['unreadable'], 1]);
    const { to } = await own.restore();
    assert.deepEqual([...(await readTree(join(to, 'source'))).keys()], ['.', './b']);
  });
});

describe("a source of which a part can't be read", () => {
  test('loses that part alone', async (t) => {
    if (!existsSync(join(NETWORK, 'speed'))) {
      t.skip(`this needs a file that opens and does not read, such as ${NETWORK}/speed`);
      return;
    }
    const own = await temporaryBackup(t);
    const { notes, unreadable } = await own.backUp({ paths: [NETWORK] });
    const ofSpeed = notes.filter((note) => String(Buffer.from(note.path ?? [])).endsWith('/speed'));
    assert.deepEqual(
      ofSpeed.map(({ code }) => code),
      ['unreadable'],
    );
    assert.equal(unreadable, notes.filter(({ code }) => code === 'unreadable').length);
    const { to, failed } = await own.restore();
    assert.deepEqual(failed, []);
    for (const name of ['address', 'mtu', 'flags', 'type']) {
      const restored = readFileSync(join(to, 'lo', name), 'utf8');
      assert.equal(restored, readFileSync(join(NETWORK, name), 'utf8'), name);
    }
    assert.equal(existsSync(join(to, 'lo/speed')), false);
  });
});

test('a database that is read and found as it was counts once in the progress', async (t) => {
  const own = await temporaryBackup(t);
  const path = own.path('messages.db');
  makeLedger(path);
  // Changed so late that from outside it can't be seen whether it has changed since.
  await own.backUp({ signal: whenFound(() => chmodSync(path, 0o600)) });
  const told: ProgressEvent[] = [];
  const onEvent = (event: Event): void => {
    if (event.type === 'progress') told.push(event);
  };
  const { bytesRead } = await own.backUp({ onEvent });
  assert.equal(bytesRead, statSync(path).size);
  assert.equal(told.at(-1)?.bytesDone, bytesRead);
  assert.equal(told.at(-1)?.itemsDone, 2);
});
