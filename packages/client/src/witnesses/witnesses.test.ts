/** A backup and its vaults, each a process of its own. */
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { AskedWitness } from '@holdfast/core/vault-protocol';
import { FaultStore } from '@holdfast/testing/fault-store';
import { startVault, type VaultProcess } from '@holdfast/testing/vault-process';
import { backUp } from '../backup/back-up.ts';
import { rootKeyOf } from '../fixture/rotated-store.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { acceptOlderState } from '../repository/accept-older-state.ts';
import type { Backup } from '../repository/backup.ts';
import { openBackup } from '../repository/open-backup.ts';
import { rotateRoot } from '../rotate/rotate-root.ts';
import { openStore, type Store } from '../stores/index.ts';
import { greetVault, type TrustedVault } from '../vaults/index.ts';
import { enrolWitnesses } from './enrol-witnesses.ts';
import { compareWithWitnesses, goPast, staleError, tellWitnesses } from './witnesses.ts';

/** A backup, and two vaults that know it. */
class Room {
  readonly own: TemporaryBackup;
  readonly trusted: readonly TrustedVault[];
  readonly #running: VaultProcess[];

  static async open(test: TestContext): Promise<Room> {
    const running: VaultProcess[] = [];
    test.after(() => {
      for (const { pid } of running) process.kill(pid, 'SIGKILL');
    });
    const own = await temporaryBackup(test);
    for (const index of [0, 1]) running.push(await startVault(vaultFolder(own, index)));
    const trusted = await Promise.all(
      running.map(async ({ url }) => ({ url, identity: (await greetVault(url)).identity })),
    );
    const room = new Room(own, trusted, running);
    await room.with({}, async (backup) => {
      for (const { failure } of await enrolWitnesses(backup, { vaults: trusted })) {
        assert.equal(failure, null);
      }
    });
    return room;
  }

  constructor(own: TemporaryBackup, trusted: readonly TrustedVault[], running: VaultProcess[]) {
    this.own = own;
    this.trusted = trusted;
    this.#running = running;
  }

  async with<Result>(
    { device = 'phone', store = this.own.store }: Where,
    use: (backup: Backup) => Promise<Result>,
  ): Promise<Result> {
    const backup = await this.own.open(device, store);
    try {
      return await use(backup);
    } finally {
      await backup.close();
    }
  }

  async compare(where: Where = {}): Promise<readonly AskedWitness[]> {
    return await this.with(where, (backup) =>
      compareWithWitnesses(backup, { vaults: this.trusted }),
    );
  }

  /** As a device backs up: compares, writes, tells. */
  async backUp(text: string, where: Where = {}): Promise<readonly AskedWitness[]> {
    writeFileSync(this.own.path('a.txt'), text);
    const vaults = this.trusted;
    return await this.with(where, async (backup) => {
      const compared = await compareWithWitnesses(backup, { vaults });
      await backUp(backup, [this.own.source]);
      await tellWitnesses(backup, { vaults });
      return compared;
    });
  }

  /** An older copy of the store, which the vaults know a newer state of. */
  async olderStore(): Promise<Store> {
    await this.backUp('first');
    const folder = join(this.own.folder, 'older');
    cpSync(this.own.storeFolder, folder, { recursive: true });
    await this.backUp('second');
    return await openStore(folder);
  }

  /** As a device goes on from it that is told to. */
  async goOn(where: Where): Promise<void> {
    const vaults = this.trusted;
    await this.with(where, async (backup) => {
      const compared = await compareWithWitnesses(backup, { vaults });
      assert.deepEqual(standings(compared), ['elsewhere', 'elsewhere']);
      assert.equal(staleError(backup, compared)?.code, 'stale');
      assert.equal(await acceptOlderState(backup), false);
      assert.equal(goPast(backup, compared).length, 1);
      assert.equal(await acceptOlderState(backup), true);
      const told = await tellWitnesses(backup, { vaults });
      assert.deepEqual(standings(told), ['newest', 'newest']);
    });
  }

  /** Stops the first vault, has its files changed, and starts it again at the same address. */
  async whileStopped(change: (folder: string) => void): Promise<void> {
    const { pid, url } = this.#running[0] as VaultProcess;
    process.kill(pid, 'SIGKILL');
    while (isRunning(pid)) await setTimeout(20);
    const folder = vaultFolder(this.own, 0);
    change(folder);
    this.#running[0] = await startVault(folder, ['--listen', new URL(url).host]);
  }
}

interface Where {
  readonly device?: string;
  readonly store?: Store;
}

function vaultFolder({ folder }: TemporaryBackup, index: number): string {
  return join(folder, `vault-${index}`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
    return false;
  }
}

function standings(witnesses: readonly Pick<AskedWitness, 'standing'>[]): string[] {
  return witnesses.map(({ standing }) => standing);
}

function logs(witnesses: readonly AskedWitness[]): unknown[] {
  return witnesses.map(({ isLogGood, log }) => ({ isLogGood, number: log?.number }));
}

test('a fresh device notices an older copy of the store, and goes on from it when it is told to', async (t) => {
  const room = await Room.open(t);
  const where = { device: 'tablet', store: await room.olderStore() };
  await room.goOn(where);
  assert.deepEqual(standings(await room.backUp('third', where)), ['newest', 'newest']);
  // Whoever is still shown the newer state learns that the vaults follow another.
  assert.deepEqual(standings(await room.compare()), ['elsewhere', 'elsewhere']);
});

test('what was cut off between store and vault is delivered by the next run', async (t) => {
  const room = await Room.open(t);
  await room.backUp('first');
  await room.own.backUp();
  await room.own.backUp({ device: 'tablet' });
  assert.deepEqual(standings(await room.backUp('second')), ['behind', 'behind']);
  assert.deepEqual(standings(await room.compare()), ['newest', 'newest']);
});

test('a vault set back to an older copy is found out by its log, which the heads tell a fresh device', async (t) => {
  const room = await Room.open(t);
  const store = await room.olderStore();
  const copy = join(room.own.folder, 'copy');
  await room.whileStopped((folder) => cpSync(folder, copy, { recursive: true }));
  const where = { device: 'tablet', store };
  await room.goOn(where);
  const grown = { isLogGood: true, number: 2 };
  assert.deepEqual(logs(await room.backUp('third', where)), [grown, grown]);
  await room.whileStopped((folder) => {
    rmSync(folder, { recursive: true });
    cpSync(copy, folder, { recursive: true });
  });
  const cut = await room.compare({ device: 'laptop', store });
  assert.deepEqual(logs(cut), [{ isLogGood: false, number: 1 }, grown]);
  // It holds what was put aside; that, the heads tell too.
  assert.deepEqual(standings(cut), ['displaced', 'newest']);
  await room.backUp('fourth', where);
  assert.deepEqual(standings(await room.compare(where)), ['newest', 'newest']);
});

test('vaults follow a new root key, and take no head of the one before', async (t) => {
  const room = await Room.open(t);
  const { own, trusted: vaults } = room;
  await room.backUp('first');
  const [rootKey, nextKey] = [rootKeyOf(0), rootKeyOf(1)];
  // A device that has only the key before, and does not see the change.
  const late = await own.open('tablet', hidingRotations(own.store));
  t.after(() => late.close());
  await room.with({}, (backup) => rotateRoot(backup, { rootKey, nextKey, carried: null }));
  const opening = { device: own.device('laptop') };
  const backup = await openBackup(own.store, nextKey, opening);
  t.after(() => backup.close());
  assert.deepEqual(standings(await compareWithWitnesses(backup, { vaults })), ['newest', 'newest']);
  await backUp(backup, [own.source]);
  assert.deepEqual(standings(await tellWitnesses(backup, { vaults })), ['newest', 'newest']);
  await backUp(late, [own.source]);
  assert.deepEqual(standings(await tellWitnesses(late, { vaults })), ['unknown', 'unknown']);
  const forgotten = { isLogGood: false, number: undefined };
  assert.deepEqual(logs(await compareWithWitnesses(late, { vaults })), [forgotten, forgotten]);
  assert.deepEqual(standings(await compareWithWitnesses(backup, { vaults })), ['newest', 'newest']);

  // One that comes later begins with the first owner, and is shown the change.
  const another = await startVault(join(own.folder, 'vault-2'));
  t.after(() => process.kill(another.pid, 'SIGKILL'));
  const { identity } = await greetVault(another.url);
  const added = { vaults: [{ url: another.url, identity }] };
  assert.deepEqual(await enrolWitnesses(backup, added), [{ url: another.url, failure: null }]);
  assert.deepEqual(standings(await tellWitnesses(backup, added)), ['newest']);
});

test('a vault that holds a state of the key before which the store does not lead to is stale, until that is put aside', async (t) => {
  const room = await Room.open(t);
  const { own, trusted: vaults } = room;
  await room.backUp('first');
  const late = await own.open('tablet', hidingRotations(own.store));
  t.after(() => late.close());
  const [rootKey, nextKey] = [rootKeyOf(0), rootKeyOf(1)];
  await room.with({}, (backup) => rotateRoot(backup, { rootKey, nextKey, carried: null }));
  writeFileSync(own.path('a.txt'), 'second');
  await backUp(late, [own.source]);
  assert.deepEqual(standings(await tellWitnesses(late, { vaults })), ['newest', 'newest']);

  const backup = await openBackup(own.store, nextKey, { device: own.device('laptop') });
  t.after(() => backup.close());
  const compared = await compareWithWitnesses(backup, { vaults });
  assert.deepEqual(standings(compared), ['elsewhere', 'elsewhere']);
  assert.equal(staleError(backup, compared)?.code, 'stale');
  assert.deepEqual(standings(await tellWitnesses(backup, { vaults })), ['elsewhere', 'elsewhere']);
  assert.equal(goPast(backup, compared).length, 1);
  await backUp(backup, [own.source]);
  assert.deepEqual(standings(await tellWitnesses(backup, { vaults })), ['newest', 'newest']);
  assert.deepEqual(standings(await tellWitnesses(late, { vaults })), ['unknown', 'unknown']);
});

function hidingRotations(store: Store): Store {
  const hiding = new FaultStore(store);
  hiding.list = async function* (prefix, options) {
    if (!prefix.startsWith('rotations/')) yield* store.list(prefix, options);
  };
  hiding.get = async (name, options) =>
    name.startsWith('rotations/') ? null : await store.get(name, options);
  return hiding;
}
