/**
 * Runs of database pages: read, named, compared with what is stored, and the changed ones
 * gathered into groups that are compressed as one.
 */
import { readSync } from 'node:fs';
import { PAGE_GROUP_MAX_BYTES, PAGE_NAME_BYTES } from '@holdfast/core/backup-format';
import { concatBytes } from '@holdfast/core/bytes';
import type { Effort } from '@holdfast/core/crypto';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { alignedBytes } from '../../platform/aligned-bytes.ts';
import type { StreamWriter } from '../../repository/stream-writer.ts';
import type { ChangedPages, StoredGroup, WorkerTask } from './messages.ts';
import { readFully, Slabs } from './slabs.ts';

/** Longest run of one task. */
export const PAGE_RUN_BYTES = 1024 * 1024;
const SLABS = 2;
/** Stands for the group of a page that is not stored again. */
export const NO_GROUP = -1;

type PagesTask = Extract<WorkerTask, { type: 'pages' }>;

interface NamedPages {
  readonly changed: Uint32Array;
  /** 16 bytes each. */
  readonly names: Uint8Array;
}

interface Group {
  readonly number: number;
  readonly pageBytes: number;
  readonly effort: Effort;
  readonly names: Uint8Array[];
  readonly pages: Uint8Array;
}

export class PageTasks {
  readonly #writer: StreamWriter;
  readonly #nameKey: Uint8Array;
  readonly #slabs = new Slabs(SLABS, PAGE_RUN_BYTES);
  /** Memory of groups that are stored, for the next ones. */
  readonly #freePages: Uint8Array[] = [];
  #group: Group | null = null;
  readonly #stored: StoredGroup[] = [];
  readonly #underWay = new Set<Promise<ChangedPages>>();
  #nextGroup = 0;

  constructor(writer: StreamWriter, nameKey: Uint8Array) {
    this.#writer = writer;
    this.#nameKey = nameKey;
  }

  /** Groups that were stored since this was asked last. */
  takeStored(): readonly StoredGroup[] {
    return this.#stored.splice(0);
  }

  run(task: PagesTask, ask: (names: Uint8Array) => Promise<Uint8Array>): Promise<ChangedPages> {
    const run = this.#run(task, ask).finally(() => this.#underWay.delete(run));
    this.#underWay.add(run);
    return run;
  }

  #run(task: PagesTask, ask: (names: Uint8Array) => Promise<Uint8Array>): Promise<ChangedPages> {
    return this.#slabs.with(async (slab) => {
      const { fd, pageBytes, firstPage, pageCount } = task;
      const run = slab.subarray(0, pageCount * pageBytes);
      const read = readFully(readSync, fd, run, firstPage * pageBytes);
      if (read < run.length) throw new ShrunkError('Cannot read a database: it became shorter');
      const { changed, names } = this.#compare(run, task);
      const wanted = task.ask && changed.length > 0 ? await ask(names) : null;
      const groups = new Int32Array(changed.length).fill(NO_GROUP);
      const slots = new Uint32Array(changed.length);
      for (const [i, page] of changed.entries()) {
        if (wanted !== null && wanted[i] !== 1) continue;
        const bytes = run.subarray(page * pageBytes, (page + 1) * pageBytes);
        const name = names.subarray(i * PAGE_NAME_BYTES, (i + 1) * PAGE_NAME_BYTES);
        while (!this.#fits(pageBytes, task.effort)) await this.flush();
        const place = this.#place(bytes, name, task.effort);
        groups[i] = place.group;
        slots[i] = place.slot;
        if (place.isFull) await this.flush();
      }
      return { pages: changed.map((page) => firstPage + page), names, groups, slots };
    });
  }

  /** Positions in the run, and names, of the pages that are not the known ones. */
  #compare(run: Uint8Array, { pageBytes, pageCount, parentNames }: PagesTask): NamedPages {
    const changed = new Uint32Array(pageCount);
    const names = new Uint8Array(pageCount * PAGE_NAME_BYTES);
    let count = 0;
    for (let i = 0; i < pageCount; i++) {
      const page = run.subarray(i * pageBytes, (i + 1) * pageBytes);
      const name = nodeCrypto.hmacSha256(this.#nameKey, page);
      if (isAt(parentNames, i * PAGE_NAME_BYTES, name)) continue;
      for (let at = 0; at < PAGE_NAME_BYTES; at++) {
        names[count * PAGE_NAME_BYTES + at] = name[at] as number;
      }
      changed[count++] = i;
    }
    return { changed: changed.slice(0, count), names: names.slice(0, count * PAGE_NAME_BYTES) };
  }

  /** Stores everything that is held back, also what runs under way will hold back yet. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.flush();
  }

  /** A group holds pages of one length only, which its places count in. */
  #fits(pageBytes: number, effort: Effort): boolean {
    const group = this.#group;
    return group === null || (group.pageBytes === pageBytes && group.effort === effort);
  }

  /** Stores the group at hand, full or not. */
  async flush(): Promise<void> {
    const group = this.#group;
    if (group === null) return;
    this.#group = null;
    const { offset, storedBytes, plainBytes, compressed } = await this.#writer.append({
      kind: 'pages',
      plain: group.pages.subarray(0, group.names.length * group.pageBytes),
      names: concatBytes(...group.names),
      compress: group.effort,
    });
    this.#freePages.push(group.pages);
    const place = { offset, storedBytes, plainBytes, compressed };
    this.#stored.push({ group: group.number, place });
  }

  #place(
    page: Uint8Array,
    name: Uint8Array,
    effort: Effort,
  ): { group: number; slot: number; isFull: boolean } {
    this.#group ??= {
      number: this.#nextGroup++,
      pageBytes: page.length,
      effort,
      names: [],
      pages: this.#freePages.pop() ?? alignedBytes(PAGE_GROUP_MAX_BYTES),
    };
    const group = this.#group;
    const slot = group.names.push(name) - 1;
    group.pages.set(page, slot * page.length);
    const isFull = (slot + 2) * page.length > PAGE_GROUP_MAX_BYTES;
    return { group: group.number, slot, isFull };
  }
}

/** SQLite's locks keep programs that use SQLite from this, and no others. */
export class ShrunkError extends Error {}

/** @param name Of which the first 16 bytes count. */
function isAt(names: Uint8Array, from: number, name: Uint8Array): boolean {
  for (let i = 0; i < PAGE_NAME_BYTES; i++) if (names[from + i] !== name[i]) return false;
  return true;
}
