import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Address,
  decodeFileEntry,
  decodePageEntry,
  encodePathKey,
  type FileEntry,
  forEachStretch,
} from '@holdfast/core/backup-format';
import { concatBytes, toHex } from '@holdfast/core/bytes';
import { sealMark } from '@holdfast/core/prune';
import { signRecoveryRecord } from '@holdfast/core/recovery-record';
import { generateSample } from '@holdfast/testing/sample-whatsapp';
import type { ProgressEvent } from '../events.ts';
import { makeLedger, setLedger } from '../fixture/ledger.ts';
import { pastTick } from '../fixture/past-tick.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import type { Backup } from '../repository/backup.ts';
import { packName } from '../repository/object-names.ts';
import { findSnapshot } from '../snapshots/list-snapshots.ts';
import { findEntry, readTable } from '../table/index.ts';
import { type CheckOptions, type CheckSummary, check, checkWith } from './check.ts';
import { RecomputedNames } from './recomputed-names.ts';

const LONG_FILE_BYTES = 36 * 1024 * 1024;
const RECORD = 'records/key-000001';

let folder: TemporaryBackup;
let backup: Backup;
const ends: (() => void)[] = [];

before(async () => {
  folder = await temporaryBackup({ after: (end) => ends.push(end) });
  generateSample(folder.path('WhatsApp'), {
    messages: 3000,
    mediaFiles: 30,
    mediaBytes: 8_000_000,
  });
  // More chunks than an entry has room for, and more than a pack.
  writeFileSync(folder.path('long.bin'), randomBytes(LONG_FILE_BYTES));
  writeFileSync(folder.path('alone.jpg'), randomBytes(300_000, 2));
  writeFileSync(folder.path('gone.jpg'), randomBytes(300_000, 3));
  makeLedger(folder.path('ledger.db'));
  await pastTick();
  await folder.backUp();
  rmSync(folder.path('gone.jpg'));
  setLedger(folder.path('ledger.db'), 1);
  await folder.backUp();
  backup = await folder.open();
});

after(async () => {
  await backup.close();
  for (const end of ends) end();
});

type Change = (bytes: Buffer) => Buffer | null;

/** Checks the backup with some objects changed, and puts them back. */
async function checkChanged(
  changes: Readonly<Record<string, Change>>,
  options: CheckOptions = {},
): Promise<CheckSummary> {
  const kept = new Map<string, Buffer>();
  try {
    for (const [name, change] of Object.entries(changes)) {
      const path = join(folder.storeFolder, name);
      const bytes = readFileSync(path);
      kept.set(path, bytes);
      const changed = change(Buffer.from(bytes));
      if (changed === null) rmSync(path);
      else writeFileSync(path, changed);
    }
    return await check(backup, options);
  } finally {
    for (const [path, bytes] of kept) writeFileSync(path, bytes);
  }
}

const remove: Change = () => null;

/** @param at From the end when negative. */
function flip(at: number): Change {
  return (bytes) => {
    const place = at < 0 ? bytes.length + at : at;
    bytes[place] = (bytes[place] as number) ^ 1;
    return bytes;
  };
}

function packs(): string[] {
  return [...folder.objects('packs/').keys()];
}

function whats({ findings }: CheckSummary): string[] {
  return findings.map(({ what }) => what);
}

async function entryOf(snapshot: string, ...names: string[]): Promise<FileEntry> {
  const { files } = await findSnapshot(backup, snapshot);
  const key = encodePathKey(['source', ...names].map((name) => Buffer.from(name)));
  const found = await findEntry(backup.reader().read, files, key);
  assert.ok(found);
  return decodeFileEntry(found.addresses, found.value);
}

/** Changes that flip a stored byte of a blob. */
function flipBlob({ stream, offset }: Address, at = 0): Readonly<Record<string, Change>> {
  const [range] = backup.state.segments.resolve(stream, offset + at, 1);
  assert.ok(range);
  let place = 0;
  forEachStretch(range.contentOffset, 1, (objectOffset) => {
    place = objectOffset;
  });
  return { [packName(range.pack.name)]: flip(place) };
}

test('check() finds nothing in a healthy backup, however much data it reads', async () => {
  const none = await check(backup);
  assert.deepEqual(none.findings, []);
  assert.equal(none.heads, 3);
  assert.equal(none.snapshots, 2);
  assert.equal(none.packs, packs().length);
  assert.equal(none.bytesRead, 0);
  assert.equal(none.objects, folder.objects().size);
  // All files once, and the ledger's second version.
  const { fileCount } = await findSnapshot(backup, '1');
  assert.equal(none.files, fileCount + 1);

  const all = await check(backup, { readData: 'all' });
  assert.deepEqual(all.findings, []);
  assert.equal(all.packsRead, packs().length);
  assert.equal(all.shareRead, 1);

  const half = await check(backup, { readData: 0.5 });
  assert.deepEqual(half.findings, []);
  assert.ok(half.shareRead >= 0.5 && half.packsRead < packs().length);
});

test('check() needs no more than the names of some packs in memory at a time', async () => {
  assert.deepEqual(
    (await checkWith(backup, { readData: 'all' }, new RecomputedNames(1))).findings,
    [],
  );
});

test('check() notices a byte flipped anywhere in a head', async () => {
  for (const number of [1, 2, 3]) {
    const name = `heads/00000000000${number}`;
    for (const at of [0, 7, 20, 48, 60, 90, 2000, -1]) {
      const summary = await checkChanged({ [name]: flip(at) });
      const [finding] = summary.findings;
      assert.equal(finding?.what, `Head ${number} is damaged`, `byte ${at}`);
      assert.ok(finding.affects.includes(name));
    }
  }
});

test('check() notices a missing head, an older one in its place, and the loss of the newest', async () => {
  assert.deepEqual(whats(await checkChanged({ 'heads/000000000002': remove })), [
    'Head 2 is missing',
  ]);
  const newest = await checkChanged({ 'heads/000000000003': remove });
  assert.deepEqual(whats(newest), ['Head 3 is missing']);
  assert.ok(newest.findings[0]?.affects.includes('the newest state of the whole backup'));
  const older = readFileSync(join(folder.storeFolder, 'heads/000000000002'));
  assert.deepEqual(whats(await checkChanged({ 'heads/000000000003': () => older })), [
    'Head 3 is not the one written',
  ]);
  const both = await checkChanged({ 'heads/000000000001': remove, 'heads/000000000002': remove });
  assert.deepEqual(whats(both), ['Heads 1–2 are missing']);
});

test('check() notices a keyring or a key record that is gone or damaged', async () => {
  const [keyring] = folder.objects('keyrings/').keys();
  assert.ok(keyring);
  for (const at of [0, 7, 10, 2000, -1]) {
    const damaged = await checkChanged({ [keyring]: flip(at) });
    assert.deepEqual(whats(damaged), ['The keyring is damaged'], `byte ${at}`);
    const [record] = (await checkChanged({ [RECORD]: flip(at) })).findings;
    assert.match(record?.what ?? '', /^The recovery record key-000001 is damaged/, `byte ${at}`);
  }
  const [gone] = (await checkChanged({ [keyring]: remove })).findings;
  assert.equal(gone?.what, 'The keyring is missing');
  assert.ok(gone.affects.includes('the whole backup'));
  assert.deepEqual(whats(await checkChanged({ [RECORD]: remove })), [
    'The recovery record key-000001 is missing',
  ]);
});

test('check() notices a byte flipped anywhere in a pack when it reads all data', async () => {
  for (const at of [0, 13, 20, 50, 80, 65_535, 65_536, 100_000, -1]) {
    const changes = Object.fromEntries(packs().map((pack) => [pack, flip(at)]));
    const { findings } = await checkChanged(changes, { readData: 'all' });
    for (const pack of packs()) {
      assert.ok(
        findings.some(({ what }) => what === `${pack} is damaged`),
        `byte ${at} of ${pack}`,
      );
    }
  }
});

test('check() notices without reading data that a pack is missing or too short', async () => {
  for (const pack of packs()) {
    const gone = await checkChanged({ [pack]: remove });
    assert.ok(whats(gone).includes(`${pack} is missing`));
    const [finding] = gone.findings;
    // What only former states needed harms no snapshot.
    assert.ok((finding?.affects.length ?? 0) > 0 || /^No snapshot/.test(finding?.remedy ?? ''));
    const short = await checkChanged({ [pack]: (bytes) => bytes.subarray(0, -1) });
    const found = whats(short).find((what) => what.startsWith(`${pack} has`));
    assert.match(found ?? '', /has \d+ bytes instead of \d+$/);
  }
});

test('check() notices two packs that were exchanged', async () => {
  const sizes = folder.objects('packs/');
  const [a, b] = packs().filter((pack) => sizes.get(pack) === 16 * 1024 * 1024);
  assert.ok(a && b);
  const [ofA, ofB] = [a, b].map((pack) => readFileSync(join(folder.storeFolder, pack)));
  const changes = { [a]: () => ofB as Buffer, [b]: () => ofA as Buffer };
  const found = whats(await checkChanged(changes, { readData: 'all' }));
  for (const pack of [a, b]) assert.ok(found.includes(`${pack} is damaged`));
});

test('check() tells which file needs a damaged chunk, and no others', async () => {
  const entry = await entryOf('latest', 'alone.jpg');
  assert.ok(entry.kind === 'file' && entry.chunks.kind === 'inline');
  const [chunk] = entry.chunks.chunks;
  assert.ok(chunk);
  // Its frame of 64 KiB holds nothing else.
  const changes = flipBlob(chunk.address, 150_000);
  // What earlier checks have found damaged is read, and is sound.
  assert.deepEqual((await checkChanged({})).findings, []);
  // Only a whole read sees it.
  assert.deepEqual((await checkChanged(changes)).findings, []);
  const { findings } = await checkChanged(changes, { readData: 'all' });
  assert.equal(findings.length, 1);
  // Then it is known.
  assert.deepEqual((await checkChanged(changes)).findings, findings);
  assert.deepEqual((await checkChanged({})).findings, []);
  assert.deepEqual(findings[0]?.affects, ['snapshots 1–2', 'source/alone.jpg']);
  assert.match(findings[0]?.remedy ?? '', /back up again/);
});

test('check() does not blame a snapshot for a file that was removed before it', async () => {
  const entry = await entryOf('1', 'gone.jpg');
  assert.ok(entry.kind === 'file' && entry.chunks.kind === 'inline');
  const [chunk] = entry.chunks.chunks;
  assert.ok(chunk);
  const changes = flipBlob(chunk.address, 150_000);
  const { findings } = await checkChanged(changes, { readData: 'all' });
  assert.deepEqual(findings[0]?.affects, ['snapshot 1', 'source/gone.jpg']);
});

test('check() tells that damage to former pages of a database harms older snapshots only', async () => {
  const entry = await entryOf('1', 'ledger.db');
  assert.ok(entry.kind === 'database');
  const rows = await readTable(backup.reader().read, entry.pages);
  const row = rows[5];
  assert.ok(row);
  const { group } = decodePageEntry(row.addresses, row.value, entry.pageBytes);
  const { findings } = await checkChanged(flipBlob(group), { readData: 'all' });
  assert.equal(findings.length, 1);
  const affects = findings[0]?.affects ?? [];
  assert.ok(affects.includes('source/ledger.db'));
  // A neighbour in the same frame may be a file of both snapshots.
  if (affects.length === 2) assert.equal(affects[0], 'snapshot 1');
});

test('check() goes on when the packs of tables are gone', async () => {
  const { stream, offset, storedBytes } = backup.state.headState.root;
  const [range] = backup.state.segments.resolve(stream, offset, storedBytes);
  assert.ok(range);
  const { findings } = await checkChanged({ [packName(range.pack.name)]: remove });
  const affects = findings.flatMap((finding) => finding.affects);
  assert.ok(affects.some((text) => text.startsWith('the whole backup: its root')));
});

test('check() warns of packs that nothing refers to and of objects that are not ours', async () => {
  const [pack] = packs();
  assert.ok(pack);
  const stray = join(folder.storeFolder, 'packs/00', '0'.repeat(64));
  const foreign = join(folder.storeFolder, 'other/thing');
  const certificate = join(folder.storeFolder, 'commits/password-000001');
  for (const path of [stray, foreign, certificate]) mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(folder.storeFolder, pack), stray);
  truncateSync(stray, 1000);
  writeFileSync(foreign, '');
  writeFileSync(certificate, '');
  try {
    const { findings } = await check(backup, { readData: 'all' });
    assert.deepEqual(
      findings.map(({ severity, what }) => [severity, what]),
      [
        ['note', '1 pack with 1 kB belongs to no snapshot'],
        ['warning', "1 of the store's objects is none of Holdfast's: other/thing"],
      ],
    );
  } finally {
    rmSync(stray);
    rmSync(foreign);
    rmSync(certificate);
  }
});

test('check() tells how far it is, and stops when it is told to', async () => {
  const events: ProgressEvent[] = [];
  const onEvent = (event: { type: string }): number => events.push(event as ProgressEvent);
  await check(backup, { readData: 'all', onEvent });
  const last = events.at(-1);
  assert.equal(last?.phase, 'checking');
  assert.equal(last?.itemsDone, packs().length);
  assert.equal(last?.bytesDone, last?.bytesTotal);

  await assert.rejects(check(backup, { signal: AbortSignal.abort() }), { code: 'cancelled' });
  const stop = new AbortController();
  const stopped = check(backup, {
    readData: 'all',
    signal: stop.signal,
    onEvent: () => stop.abort(),
  });
  await assert.rejects(stopped, { code: 'cancelled' });
});

test('check() refuses a share that is none', async () => {
  for (const readData of [-0.1, 1.1, Number.NaN]) {
    await assert.rejects(check(backup, { readData }), RangeError);
  }
});

test('check() warns of marks that stop a prune, and of records that only a newer version knows', async () => {
  const { crypto, keyring, id: backupId } = backup;
  const sound = await sealMark(
    { crypto, keyring, backupId },
    { atMs: 1, fence: 0, packs: ['00'.repeat(32)] },
  );
  const record = await signRecoveryRecord(crypto, backup.keys.ownerSeed, {
    method: 'passkey',
    version: 1,
    backupId,
    ownerPublicKey: backup.keys.ownerPublicKey,
    previousHash: new Uint8Array(32),
    body: new Uint8Array(0),
  });
  // Of a method that comes after those known.
  record[8] = 3;
  const signed = record.subarray(0, record.length - 64);
  const text = new TextEncoder().encode('holdfast/v1/recovery-record');
  record.set(
    await crypto.ed25519Sign(backup.keys.ownerSeed.bytes(), concatBytes(text, signed)),
    signed.length,
  );
  const added: [string, Uint8Array][] = [
    [`marks/${toHex(await crypto.sha256(sound))}`, sound],
    [`marks/${'ab'.repeat(32)}`, sound],
    ['records/contacts-000001', record],
  ];
  try {
    for (const [name, bytes] of added) await folder.store.put(name, bytes);
    const { findings } = await check(backup);
    assert.deepEqual(
      findings.map(({ severity, what }) => `${severity}: ${what}`),
      [
        'warning: The recovery record contacts-000001 is of a method that this version does not know',
        'warning: The mark abababababab… of prune is damaged',
      ],
    );
  } finally {
    for (const [name] of added) await folder.store.delete(name);
  }
});
