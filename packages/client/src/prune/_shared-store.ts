/**
 * Devices that share a store in memory and a clock, for tests: whatever they do and however they are
 * cut off, every snapshot on the list has to restore as it was.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUp } from '../backup/back-up.ts';
import { assertSameTree, type FolderTree, readTree } from '../fixture/folder-tree.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { fixtureDevice, fixtureKey, temporaryFolder } from '../fixture/temporary-backup.ts';
import { type ForgetPolicy, forget } from '../forget/forget.ts';
import type { Backup } from '../repository/backup.ts';
import { initBackup } from '../repository/init-backup.ts';
import { openBackup } from '../repository/open-backup.ts';
import { restore } from '../restore/restore.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';
import type { Store } from '../stores/index.ts';
import { type PruneOptions, type PruneSummary, prune } from './prune.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

interface EndingTest {
  after(fn: () => void): void;
}

/** Makes a store in memory that dates objects by this clock. */
export type MakeStore = (nowMs: () => number) => Store;

export class SharedStore {
  readonly folder: string;
  readonly store: Store;
  nowMs = Date.UTC(2026, 0, 1);
  /** Snapshots that have to be there. */
  readonly #expected = new Map<number, FolderTree>();
  /** Snapshots that may be gone or not: the device that forgot them was cut off. */
  readonly #doubtful = new Set<number>();
  readonly #trees = new Map<string, FolderTree>();
  #restores = 0;

  constructor(folder: string, makeStore: MakeStore) {
    this.folder = folder;
    this.store = makeStore(() => this.nowMs);
  }

  static async begin(test: EndingTest, makeStore: MakeStore): Promise<SharedStore> {
    const shared = new SharedStore(temporaryFolder(test), makeStore);
    const options = { device: fixtureDevice(shared.folder, 'phone'), rootKey: fixtureKey() };
    const { backup } = await initBackup(shared.store, options);
    await backup.close();
    return shared;
  }

  pass(days: number): void {
    this.nowMs += days * DAY_MS;
  }

  /** A path in the source of a device. */
  path(device: string, name = ''): string {
    return join(this.folder, `source-${device}`, name);
  }

  /** Writes a file that does not compress; the same seed is the same content. */
  write(device: string, name: string, seed: number, lengthBytes = 200_000): void {
    mkdirSync(this.path(device), { recursive: true });
    writeFileSync(this.path(device, name), randomBytes(lengthBytes, seed));
  }

  remove(device: string, name: string): void {
    rmSync(this.path(device, name), { force: true });
  }

  open(device: string, store: Store = this.store): Promise<Backup> {
    return openBackup(store, fixtureKey(), { device: fixtureDevice(this.folder, device) });
  }

  /** @returns The number of the snapshot. */
  async backUp(device: string, store?: Store): Promise<number> {
    const tree = await readTree(this.path(device));
    this.#trees.set(device, tree);
    const backup = await this.open(device, store);
    try {
      const { snapshot } = await backUp(backup, [this.path(device)], { now: () => this.nowMs });
      assert.ok(snapshot !== null);
      this.#expected.set(snapshot, tree);
      return snapshot;
    } finally {
      await backup.close();
    }
  }

  async forget(device: string, policy: ForgetPolicy, store?: Store): Promise<number[]> {
    const backup = await this.open(device, store);
    try {
      const foreseen = await forget(backup, policy, { dryRun: true });
      for (const { number } of foreseen.removed) this.#doubtful.add(number);
      const { removed } = await forget(backup, policy);
      for (const { number } of removed) this.#expected.delete(number);
      return removed.map(({ number }) => number);
    } finally {
      await backup.close();
    }
  }

  async prune(
    device: string,
    options: PruneOptions & { readonly store?: Store } = {},
  ): Promise<PruneSummary> {
    const { store, ...own } = options;
    const backup = await this.open(device, store);
    try {
      return await prune(backup, { now: () => this.nowMs, ...own });
    } finally {
      await backup.close();
    }
  }

  /** Names of stored objects. */
  async names(prefix = ''): Promise<string[]> {
    return (await Array.fromAsync(this.store.list(prefix))).map(({ name }) => name);
  }

  async storedBytes(): Promise<number> {
    const objects = await Array.fromAsync(this.store.list(''));
    return objects.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  }

  /** Restores every snapshot on the list, on a device that knows nothing, and compares. */
  async assertAllRestore(): Promise<void> {
    const device = `new-${++this.#restores}`;
    const backup = await this.open(device);
    try {
      const snapshots = await listSnapshots(backup);
      const listed = new Set(snapshots.map(({ number }) => number));
      for (const number of this.#expected.keys()) {
        if (listed.has(number)) continue;
        assert.ok(this.#doubtful.has(number), `snapshot ${number} is not on the list`);
        this.#expected.delete(number);
      }
      for (const snapshot of snapshots) {
        const { number, deviceName } = snapshot;
        // Made by a device that was cut off after its head was there.
        const expected = this.#expected.get(number) ?? this.#trees.get(deviceName);
        assert.ok(expected !== undefined);
        this.#expected.set(number, expected);
        const to = join(this.folder, device, String(number));
        const { failed } = await restore(backup, snapshot, { to });
        assert.deepEqual(failed, [], `snapshot ${number}`);
        assertSameTree(await readTree(join(to, `source-${deviceName}`)), expected);
      }
    } finally {
      await backup.close();
      for (const folder of [device, `device-${device}`]) {
        rmSync(join(this.folder, folder), { recursive: true, force: true });
      }
    }
  }
}
