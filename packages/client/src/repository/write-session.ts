/**
 * Everything written for one new state of a backup: packs, tables, and at last the head.
 *
 * Until the head is there nothing has happened; with it, all of it has. Several devices may write
 * at once: who comes second reads the new state and tries again.
 */
import {
  type Address,
  encodeRoot,
  type Root,
  type Segment,
  STREAM_ID_BYTES,
  type Table,
} from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import { throwIfCancelled } from '../stores/index.ts';
import { compactTable, type ReadBlob, recodeSegment } from '../table/index.ts';
import type { Backup } from './backup.ts';
import { Footing } from './footing.ts';
import { HeadWriter, type HeadWriterOptions } from './head-writer.ts';
import type { Filling } from './pack-filler.ts';
import { PackSealer } from './pack-sealer.ts';
import { PackUploads, type PackUploadsOptions } from './pack-uploads.ts';
import type { BackupState } from './read-state.ts';
import { SegmentMap } from './segment-map.ts';
import { StreamWriter } from './stream-writer.ts';
import { writeIndexLayer } from './write-index-layer.ts';

/** Other devices that may come first before a writer gives up. */
const ATTEMPTS = 20;

/** The next root, but for the index, which the session itself keeps. */
export interface CatalogChange {
  readonly catalog: Table;
  readonly nextSnapshotNumber: number;
  /** Where all lies that earlier sessions stored, to be the whole index; what the base's index says when missing. */
  readonly segments?: readonly Segment[];
}

/** Works out the next catalog from the newest state; called again when another writer was first. */
export type ChangeCatalog = (
  state: BackupState | null,
  tables: { readonly read: ReadBlob; readonly write: (plain: Uint8Array) => Promise<Address> },
) => Promise<CatalogChange>;

export interface WriteSessionOptions extends PackUploadsOptions, HeadWriterOptions {}

export class WriteSession {
  readonly uploads: PackUploads;
  /** What the new state takes from older ones. */
  readonly footing: Footing;
  readonly #backup: Backup;
  readonly #signal: AbortSignal | undefined;
  readonly #tables: StreamWriter;
  readonly #sealer: PackSealer;
  readonly #heads: HeadWriter;

  constructor(backup: Backup, options: WriteSessionOptions) {
    this.#backup = backup;
    this.#signal = options.signal;
    this.footing = new Footing(backup);
    this.uploads = new PackUploads(backup, options);
    this.#sealer = new PackSealer(backup, this.uploads, options.signal);
    this.#heads = new HeadWriter(backup, options);
    this.#tables = this.newStream();
  }

  /** Begins a stream, whose packs are uploaded as they fill; the last goes to `commit`. */
  newStream(): StreamWriter {
    const { crypto } = this.#backup;
    return new StreamWriter({
      crypto,
      stream: crypto.randomBytes(STREAM_ID_BYTES),
      takeBuffer: () => this.uploads.takeBuffer(),
      full: (draft, buffer) => this.#sealer.seal(draft, buffer),
    });
  }

  /** Bytes that the store has taken. */
  get bytesAdded(): number {
    return this.uploads.bytesSent + this.#heads.bytesSent;
  }

  /** Length of tables that are written and in no pack yet. */
  get unsealedBytes(): number {
    return this.#tables.fillingBytes;
  }

  /** Writes a table node, or another small structure of that kind. */
  writeNode = async (plain: Uint8Array): Promise<Address> => {
    throwIfCancelled(this.#signal, 'write a new state');
    return await this.#tables.append({
      kind: 'node',
      plain,
      names: new Uint8Array(0),
      compress: 'thorough',
    });
  };

  /**
   * Makes the new state. On a conflict with another device the catalog is worked out anew.
   *
   * @param fillings Packs of the data streams that are not full; their memory is given back.
   * @throws {HoldfastError} `contention` when others were first time after time, `backup-exists`
   *   when this was to be the first state and there is one, `damaged` when the newest state may not
   *   be known.
   * @throws {PrunedMeanwhile} when another device has removed what the new state relies on.
   */
  async commit(fillings: readonly Filling[], change: ChangeCatalog): Promise<BackupState> {
    const backup = this.#backup;
    let unsealed = fillings;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.#heads.assertNewest();
      const base = backup.stateOrNull;
      await this.uploads.drain();
      await this.footing.moveTo(base, this.uploads.segments, this.#signal);
      const { root, inherited, indexed } = await this.#makeRoot(base, change);
      const rootAddress = await this.writeNode(encodeRoot(root));
      const tables = await this.#tables.takeFilling();
      await this.#sealer.sealTail(tables === null ? unsealed : [...unsealed, tables]);
      unsealed = [];
      await this.uploads.drain();
      throwIfCancelled(this.#signal, 'write a new state');
      const segments = this.uploads.segments.slice(indexed);
      const known = new SegmentMap();
      for (const segment of inherited) known.add(segment);
      for (const segment of this.uploads.segments) known.add(segment);
      const state = await this.#heads.put(base, root, { root: rootAddress, segments }, known);
      if (state !== null) return state;
      if (base === null) {
        throw new HoldfastError('backup-exists', 'Cannot begin a backup: this store holds one');
      }
      await backup.refresh(this.#signal);
    }
    throw new HoldfastError('contention', 'Cannot finish: other devices kept writing meanwhile');
  }

  /**
   * Points a new head at the newest state as it is: nothing has changed, and that is known.
   *
   * @param snapshot Number of the snapshot that is still right.
   * @throws {PrunedMeanwhile} when another device has forgotten it.
   */
  async confirm(snapshot: number): Promise<BackupState> {
    const backup = this.#backup;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.#heads.assertNewest();
      const base = backup.state;
      if (attempt > 0) await this.footing.assertListed(base, snapshot, this.#signal);
      // What this session uploaded is in no index, and so not part of the state.
      const state = await this.#heads.put(base, base.root, base.headState, base.segments);
      if (state !== null) return state;
      await backup.refresh(this.#signal);
    }
    throw new HoldfastError('contention', 'Cannot finish: other devices kept writing meanwhile');
  }

  /**
   * Makes the state at hand the newest, although the newest head leads to another, which can't be
   * read (spec/head.md §2).
   *
   * @throws {HoldfastError} `contention` when another device has written meanwhile.
   */
  async goOnFromOlder(): Promise<BackupState> {
    const base = this.#backup.state;
    const state = await this.#heads.put(base, base.root, base.headState, base.segments);
    if (state !== null) return state;
    throw new HoldfastError('contention', 'Cannot go on: another device has just written');
  }

  /**
   * @returns The root; where everything lies that was stored before this session; and how many of
   *   this session's segments the root's index holds.
   */
  async #makeRoot(
    base: BackupState | null,
    change: ChangeCatalog,
  ): Promise<{ root: Root; inherited: Iterable<Segment>; indexed: number }> {
    const read = base === null ? readNothing : this.#backup.reader(this.#signal).read;
    const changed = await change(base, { read, write: this.writeNode });
    const { catalog, nextSnapshotNumber, segments } = changed;
    // A head has room for few: also what the change itself has written is left to the index.
    await this.uploads.drain();
    const indexed = this.uploads.segments.length;
    const layers =
      segments === undefined
        ? await compactTable(read, this.writeNode, base?.root.index ?? [], recodeSegment)
        : [];
    const layer = await writeIndexLayer(this.writeNode, [
      ...(segments ?? base?.headState.segments ?? []),
      ...this.uploads.segments.slice(0, indexed),
    ]);
    const index = layer === null ? layers : [...layers, layer];
    const inherited = segments ?? base?.segments.segments() ?? [];
    return { root: { index, catalog, nextSnapshotNumber }, inherited, indexed };
  }
}

async function readNothing(): Promise<never> {
  throw new TypeError('"backup" has no state to read yet');
}
