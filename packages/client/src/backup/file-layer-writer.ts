/**
 * Writes the layer of the file table that holds what differs from the parent.
 *
 * Contents are stored in any order; the layer is written in the order of keys.
 */
import { encodeFileEntry, type FileEntry, type TableLayer } from '@holdfast/core/backup-format';
import type { PresentBlobs } from '../snapshots/present-blobs.ts';
import { TableBuilder, TOMBSTONE, type WriteNode } from '../table/index.ts';
import { OrderedQueue } from './ordered-queue.ts';
import type { Parent } from './parent.ts';
import type { ScanTally } from './scan-tally.ts';
import { isSameEntry, isSameStatus } from './source-stat.ts';

/** Entries that may wait for one before them. */
const ENTRIES_HELD = 1024;

/** What became of a path. Of what is unreadable the parent's entry stays, if it is of this source. */
export type Fate = FileEntry | 'gone' | 'unreadable';

export interface Outcome {
  readonly key: Uint8Array;
  readonly fate: Fate;
  /** What the parent has there. */
  readonly before: FileEntry | null;
}

export interface FileLayerOptions {
  readonly parent: Parent;
  readonly present: PresentBlobs;
  readonly tally: ScanTally;
  readonly writeNode: WriteNode;
  /** Has everything stored that outcomes still wait for. */
  readonly send: () => Promise<void>;
}

export class FileLayerWriter {
  readonly #options: FileLayerOptions;
  readonly #builder: TableBuilder;
  readonly #queue: OrderedQueue<Outcome>;

  constructor(options: FileLayerOptions) {
    this.#options = options;
    this.#builder = new TableBuilder(options.writeNode);
    this.#queue = new OrderedQueue(ENTRIES_HELD, (outcome) => this.#write(outcome));
  }

  /** Takes what became of a path, each of a greater key than the one before; waits for room. */
  async add(outcome: Promise<Outcome>): Promise<void> {
    // The one at the head of a full queue may be of a file that still waits to be sent off.
    if (this.#queue.length >= ENTRIES_HELD - 1) await this.#options.send();
    await this.#queue.add(outcome);
  }

  /** @returns null when nothing differs. */
  async finish(): Promise<TableLayer | null> {
    await this.#options.send();
    await this.#queue.drain();
    return await this.#builder.finish();
  }

  async #write({ key, fate, before }: Outcome): Promise<void> {
    const { parent, present, tally } = this.#options;
    if (fate === 'gone') {
      if (before !== null) await this.#builder.add(key, () => TOMBSTONE);
    } else if (fate === 'unreadable') {
      if (before === null) return;
      if (parent.isOwn(key)) tally.addCarried(before);
      else await this.#builder.add(key, () => TOMBSTONE);
    } else {
      const isLost = before !== null && !(await present.hasContent(before));
      if (before !== null && !isLost && isSameEntry(fate, before)) {
        tally.addUnmodified(before);
        return;
      }
      if (isLost && isSameStatus(fate, before)) tally.addAgain(fate);
      else tally.addStored(fate, before);
      await this.#builder.add(key, (book) => encodeFileEntry(book, fate));
    }
  }
}
