/**
 * Everything written for one new state of a backup: packs, tables, and at last the head.
 *
 * Until the head is there nothing has happened; with it, all of it has. Several devices may write
 * at once: who comes second reads the new state and tries again.
 */
import {
  type Address,
  cutTail,
  encodeRoot,
  encodeSegmentValue,
  type HeadState,
  type PackDraft,
  type Root,
  type Segment,
  STREAM_ID_BYTES,
  sealHeadState,
  sealPack,
  segmentKey,
  type Table,
  type TableLayer,
  viewPieces,
} from '@holdfast/core/backup-format';
import { compareBytes, equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { type HeadLink, signHead } from '@holdfast/core/head';
import { HASH_BYTES } from '@holdfast/core/wire';
import type { SharedBuffer } from '../platform/shared-buffers.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { compactTable, type ReadBlob, recodeSegment, TableBuilder } from '../table/index.ts';
import type { Backup, BackupState, HeadProblem } from './backup.ts';
import { Footing } from './footing.ts';
import { getStart } from './get-start.ts';
import { tryHead } from './head-chain.ts';
import { headName } from './object-names.ts';
import { PackUploads } from './pack-uploads.ts';
import { SegmentMap } from './segment-map.ts';
import { type Filling, StreamWriter } from './stream-writer.ts';

/** Other devices that may come first before a writer gives up. */
const ATTEMPTS = 20;

/** The next root, but for the index, which the session itself keeps. */
export interface CatalogChange {
  readonly catalog: Table;
  readonly nextSnapshotNumber: number;
  /** Where everything older lies, to be the whole index; what the base's index says when missing. */
  readonly segments?: readonly Segment[];
}

/** Works out the next catalog from the newest state; called again when another writer was first. */
export type ChangeCatalog = (
  state: BackupState | null,
  tables: { readonly read: ReadBlob; readonly write: (plain: Uint8Array) => Promise<Address> },
) => Promise<CatalogChange>;

export interface WriteSessionOptions {
  /** Packs of 16 MiB that may exist at a time, filling or on their way: one more than are filling, at least. */
  readonly packBuffers: number;
  /** Whether another session may take up the packs of this one, should it be cut off. */
  readonly canGoOn?: boolean;
  /**
   * Lets the new head follow the newest that verifies although something stands after that which
   * may be a damaged head (spec/head.md §2), and is told of what was passed over.
   */
  readonly passOver?: ((problem: HeadProblem) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class WriteSession {
  readonly uploads: PackUploads;
  /** What the new state takes from older ones. */
  readonly footing: Footing;
  readonly #backup: Backup;
  readonly #signal: AbortSignal | undefined;
  readonly #tables: StreamWriter;
  readonly #passOver: ((problem: HeadProblem) => void) | undefined;
  #headBytes = 0;

  constructor(backup: Backup, options: WriteSessionOptions) {
    this.#backup = backup;
    this.#signal = options.signal;
    this.#passOver = options.passOver;
    this.footing = new Footing(backup);
    this.uploads = new PackUploads(backup, options);
    this.#tables = this.newStream();
  }

  /** Begins a stream, whose packs are uploaded as they fill; the last goes to `commit`. */
  newStream(): StreamWriter {
    const { crypto } = this.#backup;
    return new StreamWriter({
      crypto,
      stream: crypto.randomBytes(STREAM_ID_BYTES),
      takeBuffer: () => this.uploads.takeBuffer(),
      full: (draft, buffer) => this.#seal(draft, buffer),
    });
  }

  /** Bytes that the store has taken. */
  get bytesAdded(): number {
    return this.uploads.bytesSent + this.#headBytes;
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
      this.#assertNewest();
      const base = backup.stateOrNull;
      await this.uploads.drain();
      await this.footing.moveTo(base, this.uploads.segments, this.#signal);
      const { root, older, indexed } = await this.#makeRoot(base, change);
      const rootAddress = await this.writeNode(encodeRoot(root));
      const tables = await this.#tables.takeFilling();
      await this.#sealTail(tables === null ? unsealed : [...unsealed, tables]);
      unsealed = [];
      await this.uploads.drain();
      throwIfCancelled(this.#signal, 'write a new state');
      const segments = this.uploads.segments.slice(indexed);
      const known = new SegmentMap();
      for (const segment of older) known.add(segment);
      for (const segment of this.uploads.segments) known.add(segment);
      const state = await this.#putHead(base, root, { root: rootAddress, segments }, known);
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
      this.#assertNewest();
      const base = backup.state;
      if (attempt > 0) await this.footing.assertListed(base, snapshot, this.#signal);
      // What this session uploaded is in no index, and so not part of the state.
      const state = await this.#putHead(base, base.root, base.headState, base.segments);
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
    const state = await this.#putHead(base, base.root, base.headState, base.segments);
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
  ): Promise<{ root: Root; older: Iterable<Segment>; indexed: number }> {
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
    const layer = await this.#writeIndex([
      ...(segments ?? base?.headState.segments ?? []),
      ...this.uploads.segments.slice(0, indexed),
    ]);
    const index = layer === null ? layers : [...layers, layer];
    const older = segments ?? base?.segments.segments() ?? [];
    return { root: { index, catalog, nextSnapshotNumber }, older, indexed };
  }

  async #writeIndex(segments: readonly Segment[]): Promise<TableLayer | null> {
    const keyed = segments.map((segment) => ({
      key: segmentKey(segment.stream, segment.start),
      value: encodeSegmentValue(segment),
    }));
    keyed.sort((a, b) => compareBytes(a.key, b.key));
    const builder = new TableBuilder(this.writeNode);
    let last: Uint8Array | null = null;
    for (const { key, value } of keyed) {
      // Two runs of one device may have taken up the same packs.
      if (last !== null && equalBytes(last, key)) continue;
      last = key;
      await builder.add(key, () => value);
    }
    return await builder.finish();
  }

  /**
   * Puts a head and goes over to its state.
   *
   * @param known Everything that the root's index and the head's own segments lead to.
   * @returns null when another device was first.
   */
  async #putHead(
    base: BackupState | null,
    root: Root,
    { root: rootAddress, segments }: Pick<HeadState, 'root' | 'segments'>,
    known: SegmentMap,
  ): Promise<BackupState | null> {
    const backup = this.#backup;
    const { crypto, keyring, keyringHash, device, keys, store } = backup;
    if (await this.#wasMisread()) return null;
    const link: HeadLink = {
      backupId: keys.backupId,
      generation: 0,
      number: base?.nextNumber ?? 1,
      previousHash: backup.newestHead?.hash ?? new Uint8Array(HASH_BYTES),
      keyringHash,
      epoch: keyring.newestEpoch,
    };
    const headState = { atMs: Date.now(), deviceId: device.deviceId, root: rootAddress, segments };
    const head = await sealHeadState(crypto, keyring, link, headState);
    const object = await signHead(crypto, keys.headSeed, head);
    const name = headName(link.number);
    if ((await store.put(name, object, { signal: this.#signal })) === 'exists') {
      // An answer that was lost on the way looks like another device's head.
      const there = await getStart(store, name, object.length, this.#signal);
      if (there === null || !equalBytes(there, object)) return null;
    }
    this.#headBytes += object.length;
    for (const problem of backup.takeUntold()) this.#passOver?.(problem);
    const state = {
      head: { ...head, hash: await crypto.sha256(object) },
      nextNumber: link.number + 1,
      headState,
      root,
      segments: known,
    };
    await backup.advanceTo(state);
    return state;
  }

  /** Nothing is put on top of a state that may not be the newest, unless that is wanted. */
  #assertNewest(): void {
    const { problems, isBehind } = this.#backup;
    const isUnreadable = problems.some(({ kind }) => kind === 'unreadable');
    if (!isUnreadable && (this.#passOver !== undefined || !isBehind)) return;
    const [newest] = problems;
    const state = `the newest, head ${newest?.number}, can not be read`;
    const advice = isUnreadable ? '' : '; a backup goes past it';
    const message = `Cannot write a new state: ${state}${advice}`;
    const details = newest?.error.details ?? {};
    throw new HoldfastError('damaged', message, { cause: newest?.error, details });
  }

  /** Whether what would be passed over can be read now: a store may answer wrongly for once. */
  async #wasMisread(): Promise<boolean> {
    const options = this.#backup.headChain(this.#signal);
    const nextNumber = this.#backup.stateOrNull?.nextNumber ?? 0;
    for (const { number, kind } of this.#backup.problems) {
      if (kind === 'unreadable' || number >= nextNumber) continue;
      if ('hash' in (await tryHead(options, number))) return true;
    }
    return false;
  }

  async #sealTail(fillings: readonly Filling[]): Promise<void> {
    const pieces = fillings.flatMap(({ layout, buffer }) => viewPieces(buffer.bytes, layout));
    const buffers: SharedBuffer[] = [];
    const memory = async (): Promise<Uint8Array> => {
      const buffer = await this.uploads.takeBuffer();
      buffers.push(buffer);
      return buffer.bytes;
    };
    for await (const draft of cutTail(pieces, memory)) {
      const buffer = buffers.pop();
      if (buffer !== undefined) await this.#seal(draft, buffer);
    }
    for (const { buffer } of fillings) this.uploads.giveBuffer(buffer);
  }

  /** @param buffer Memory to give back afterwards. */
  async #seal(draft: PackDraft, buffer: SharedBuffer): Promise<void> {
    throwIfCancelled(this.#signal, 'write a new state');
    const { crypto, keyring } = this.#backup;
    const object = draft.finish();
    const ref = await sealPack(crypto, keyring, draft.k, object);
    this.uploads.start({ ref, object, parts: draft.parts }, buffer);
  }
}

async function readNothing(): Promise<never> {
  throw new TypeError('"backup" has no state to read yet');
}
