/** Reads the store in vectors/whole-store, whole and with damage, as whole-store.json says. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeFileEntry } from '@holdfast/core/backup-format';
import { fromHex, toHex } from '@holdfast/core/bytes';
import { Secret } from '@holdfast/core/secret';
import { check } from '../check/check.ts';
import { type FolderTree, readTree } from '../fixture/folder-tree.ts';
import { fixtureDevice, temporaryFolder } from '../fixture/temporary-backup.ts';
import { sameTime } from '../platform/file-times.ts';
import { Xattrs } from '../platform/xattrs.ts';
import type { Backup } from '../repository/backup.ts';
import { openBackup } from '../repository/open-backup.ts';
import { findSnapshot, listSnapshots } from '../snapshots/list-snapshots.ts';
import { openStore } from '../stores/index.ts';
import { readTable } from '../table/index.ts';
import type { RestoreSummary } from './options.ts';
import { restore } from './restore.ts';

interface PathVector {
  /** Hex, as all bytes. */
  readonly key: string;
  readonly kind: 'folder' | 'file' | 'link' | 'database';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
  readonly xattrs: readonly { readonly name: string; readonly value: string }[];
  readonly target?: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

interface Case {
  readonly snapshot: number;
  readonly atMs: number;
  readonly deviceName: string;
  readonly sources: readonly string[];
  readonly unreadableCount: number;
  readonly tree: readonly PathVector[];
}

interface Failure {
  readonly name: string;
  readonly rootKey?: string;
  readonly without?: readonly string[];
  readonly patches?: readonly (readonly [string, readonly [number, string]])[];
  readonly swapped?: readonly [string, string];
  readonly snapshot?: number;
  readonly lost?: readonly string[];
  readonly code: string;
}

const folder = new URL('../../../../vectors/whole-store/', import.meta.url);
const { given, cases, failures } = JSON.parse(
  readFileSync(new URL('whole-store.json', folder), 'utf8'),
) as {
  given: { rootKey: string; backupId: string; newestHead: number };
  cases: readonly Case[];
  failures: readonly Failure[];
};

/** A copy of the store, and a device that remembers nothing. */
function copyStore(t: TestContext): { storeFolder: string; own: string } {
  const own = temporaryFolder(t);
  const storeFolder = join(own, 'store');
  cpSync(fileURLToPath(new URL('store', folder)), storeFolder, { recursive: true });
  return { storeFolder, own };
}

async function openCopy(own: string, rootKey = given.rootKey): Promise<Backup> {
  const store = await openStore(join(own, 'store'));
  return await openBackup(store, new Secret(fromHex(rootKey)), {
    device: fixtureDevice(own, 'reader'),
  });
}

async function restoreSnapshot(
  backup: Backup,
  number: number,
  own: string,
): Promise<RestoreSummary & { tree: FolderTree }> {
  const snapshot = await findSnapshot(backup, String(number));
  const to = join(own, 'restored');
  return { ...(await restore(backup, snapshot, { to })), tree: await readTree(to) };
}

/** What `readTree` gives for a path. */
function treeName({ key }: PathVector): string {
  return `./${Buffer.from(key, 'hex').toString('latin1').replaceAll('\0', '/')}`;
}

const xattrsWork = (await Xattrs.load()) !== null;
const latin1 = (hex: string): string => Buffer.from(hex, 'hex').toString('latin1');

function assertRestored(tree: FolderTree, vector: PathVector): void {
  const { kind, mode, uid, gid, target, bytes, sha256, xattrs } = vector;
  const found = tree.get(treeName(vector));
  const isRoot = process.getuid?.() === 0;
  const own = { uid: process.getuid?.(), gid: process.getgid?.() };
  assert.deepEqual(
    { ...found, mtimeNs: 0n },
    {
      kind: kind === 'database' ? 'file' : kind,
      isDatabase: kind === 'database',
      mode: kind === 'link' ? 0 : mode,
      ...(isRoot ? { uid, gid } : own),
      mtimeNs: 0n,
      content:
        target !== undefined ? latin1(target) : sha256 !== undefined ? `${bytes} ${sha256}` : '',
      xattrs: xattrsWork ? xattrs.map((x) => `${latin1(x.name)}=${latin1(x.value)}`).join() : '',
    },
    treeName(vector),
  );
  assert.ok(sameTime(found?.mtimeNs ?? 0n, BigInt(vector.mtimeNs)), treeName(vector));
}

for (const vector of cases) {
  test(`the whole store restores as the vector says: snapshot ${vector.snapshot}`, async (t) => {
    const { own } = copyStore(t);
    const backup = await openCopy(own);
    try {
      const { failed, tree } = await restoreSnapshot(backup, vector.snapshot, own);
      assert.deepEqual(failed, []);
      assert.deepEqual([...tree.keys()].sort(), ['.', ...vector.tree.map(treeName)].sort());
      for (const path of vector.tree) assertRestored(tree, path);
    } finally {
      await backup.close();
    }
  });

  test(`the whole store lists what the vector says: snapshot ${vector.snapshot}`, async (t) => {
    const { own } = copyStore(t);
    const backup = await openCopy(own);
    try {
      const found = await findSnapshot(backup, String(vector.snapshot));
      const { atMs, deviceName, unreadableCount } = found;
      const sources = found.sources.map((source) => new TextDecoder().decode(source));
      const { snapshot: _, tree, ...expected } = vector;
      assert.deepEqual({ atMs, deviceName, sources, unreadableCount }, expected);
      const rows = await readTable(backup.reader().read, found.files);
      const seen = rows.map(({ key, value, addresses }) => {
        const { kind, mtimeNs, ctimeNs, inode } = decodeFileEntry(addresses, value);
        return [toHex(key), kind, String(mtimeNs), String(ctimeNs), String(inode)];
      });
      const said = tree.map((one) => [one.key, one.kind, one.mtimeNs, one.ctimeNs, one.inode]);
      assert.deepEqual(seen, said);
    } finally {
      await backup.close();
    }
  });
}

test('the whole store holds the snapshots of the vectors, and nothing is wrong with it', async (t) => {
  const { own } = copyStore(t);
  const backup = await openCopy(own);
  try {
    assert.equal(toHex(backup.id), given.backupId);
    assert.equal(backup.state.head.number, given.newestHead);
    const numbers = (await listSnapshots(backup)).map(({ number }) => number);
    assert.deepEqual(
      numbers,
      cases.map(({ snapshot }) => snapshot),
    );
    assert.deepEqual((await check(backup, { readData: 'all' })).findings, []);
  } finally {
    await backup.close();
  }
});

function damage(storeFolder: string, { without, patches, swapped }: Failure): void {
  for (const name of without ?? []) rmSync(join(storeFolder, name));
  for (const [name, [at, hex]] of patches ?? []) {
    const object = readFileSync(join(storeFolder, name));
    object.set(fromHex(hex), at);
    writeFileSync(join(storeFolder, name), object);
  }
  if (swapped === undefined) return;
  const [one, two] = swapped.map((name) => join(storeFolder, name)) as [string, string];
  renameSync(one, `${one}-aside`);
  renameSync(two, one);
  renameSync(`${one}-aside`, two);
}

for (const vector of failures) {
  test(`the whole store fails as the vector says: ${vector.name}`, async (t) => {
    const { storeFolder, own } = copyStore(t);
    damage(storeFolder, vector);
    const { snapshot, lost = [], code } = vector;
    if (snapshot === undefined) {
      await assert.rejects(openCopy(own, vector.rootKey), { code });
      return;
    }
    const backup = await openCopy(own);
    try {
      const { failed, tree } = await restoreSnapshot(backup, snapshot, own);
      const named = failed.map(({ path }) => toHex(path.map((b) => (b === 0x2f ? 0 : b)))).sort();
      assert.deepEqual(named, lost.toSorted());
      assert.deepEqual([...new Set(failed.map((one) => one.code))], [code]);
      const others = cases
        .find((one) => one.snapshot === snapshot)
        ?.tree.filter(({ key }) => !lost.includes(key));
      for (const path of others ?? []) assertRestored(tree, path);
    } finally {
      await backup.close();
    }
  });
}
