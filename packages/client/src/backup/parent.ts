/**
 * The parent of a new snapshot: the one that sources are compared with, and how far what it says may
 * be relied on.
 */
import { encodePathKey, isWithin } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import type { DeviceState } from '../repository/device-state.ts';
import { findParent, type Snapshot } from '../snapshots/list-snapshots.ts';
import type { ReadBlob } from '../table/index.ts';
import { ParentTable, type TellBroken } from './parent-table.ts';
import type { Source } from './sources.ts';

interface ParentOptions {
  readonly sources: readonly Source[];
  readonly device: DeviceState;
  readonly read: ReadBlob;
  /** Told of paths of which can't be read what the parent says. */
  readonly tellBroken: TellBroken;
}

interface Recorded {
  readonly readAtMs: number;
  readonly ownKeys: readonly Uint8Array[];
}

export class Parent {
  /** null for the first snapshot. */
  readonly snapshot: Snapshot | null;
  /** The file table; empty for the first snapshot. */
  readonly files: ParentTable;
  /** null when the parent is of another device. */
  readonly #recorded: Recorded | null;

  /** Use `choose`. */
  constructor(
    snapshot: Snapshot | null,
    recorded: Recorded | null,
    { read, tellBroken }: ParentOptions,
  ) {
    this.snapshot = snapshot;
    this.files = new ParentTable(read, snapshot?.files ?? [], tellBroken);
    this.#recorded = recorded;
  }

  static async choose(snapshots: readonly Snapshot[], options: ParentOptions): Promise<Parent> {
    const { sources, device } = options;
    const paths = sources.map(({ path }) => path);
    const snapshot = findParent(snapshots, device.deviceId, paths);
    if (snapshot === null || !equalBytes(snapshot.deviceId, device.deviceId)) {
      return new Parent(snapshot, null, options);
    }
    const readAtMs = (await device.comparedAtMs(snapshot.number)) ?? snapshot.atMs;
    const own = sources.filter(({ path }) =>
      snapshot.sources.some((listed) => equalBytes(listed, path)),
    );
    const ownKeys = own.map(({ baseName }) => encodePathKey([baseName]));
    return new Parent(snapshot, { readAtMs, ownKeys }, options);
  }

  /**
   * When this device began to read what the parent holds, or last found it unchanged, in
   * milliseconds since 1970; null when the parent is of another device, whose inodes and times of
   * status say nothing here.
   */
  get readAtMs(): number | null {
    return this.#recorded?.readAtMs ?? null;
  }

  /**
   * Whether this device itself put what the parent has there into it, from the same source: it stays
   * as it is if it can't be read.
   */
  isOwn(key: Uint8Array): boolean {
    return this.#recorded?.ownKeys.some((source) => isWithin(key, source)) ?? false;
  }
}
