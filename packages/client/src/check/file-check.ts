/**
 * Entries of file tables: each can be read, and every part of its content is there.
 *
 * Snapshots share layers; a layer is walked once and remembered by what is wrong in it.
 */
import {
  addressKey,
  decodeChunkEntry,
  decodeFileEntry,
  decodePathKey,
  type FileEntry,
  type Table,
  type TableLayer,
  type TableNode,
} from '@holdfast/core/backup-format';
import { asDamage } from '../damage.ts';
import type { KeyRange } from '../table/index.ts';
import { renewRemedy } from './blame.ts';
import { DatabaseCheck, type TableCheckOptions } from './database-check.ts';
import { Suspicion } from './finding.ts';
import { walkLayer } from './walk-layer.ts';

/** What is wrong in a layer of a file table. */
export interface FileFaults {
  readonly paths: { readonly key: Uint8Array; readonly suspicion: Suspicion }[];
  /** From nodes that can't be read: nothing is known of these paths. */
  readonly gaps: { readonly range: KeyRange; readonly suspicion: Suspicion }[];
}

const NOTHING: readonly Suspicion[] = [];

export class FileCheck {
  readonly #options: TableCheckOptions;
  readonly #databases: DatabaseCheck;
  readonly #layers = new Map<string, FileFaults>();
  readonly #chunkTables = new Map<string, ReadonlySet<Suspicion>>();
  #files = 0;

  constructor(options: TableCheckOptions) {
    this.#options = options;
    this.#databases = new DatabaseCheck(options);
  }

  /** Versions of files and databases that were looked at, each once. */
  get files(): number {
    return this.#files;
  }

  async layerFaults(layer: TableLayer): Promise<FileFaults> {
    const key = addressKey(layer.root);
    const known = this.#layers.get(key);
    if (known !== undefined) return known;
    const faults: FileFaults = { paths: [], gaps: [] };
    this.#layers.set(key, faults);
    const { read, blame, signal } = this.#options;
    await walkLayer(
      read,
      layer,
      {
        leaf: (node) => this.#leaf(node, faults),
        broken: (range, address, error) => {
          faults.gaps.push({ range, suspicion: blame.ofError(address, error) });
        },
      },
      signal,
    );
    return faults;
  }

  async #leaf(node: TableNode, faults: FileFaults): Promise<void> {
    const entries: { readonly key: Uint8Array; readonly entry: FileEntry }[] = [];
    for (const { key, value } of node.entries) {
      if (value.length === 0) continue;
      try {
        decodePathKey(key);
        entries.push({ key, entry: decodeFileEntry(node.addresses, value) });
      } catch (error) {
        asDamage(error);
        faults.paths.push({ key, suspicion: this.#senseless('file table', key) });
      }
    }
    // Chunks that stand in the entries themselves come first: tables have nodes of their own.
    this.#options.blobs.begin(node);
    for (const { key, entry } of entries) {
      for (const suspicion of this.#againstInline(entry)) faults.paths.push({ key, suspicion });
    }
    for (const { key, entry } of entries) {
      for (const suspicion of await this.#againstTables(entry)) {
        faults.paths.push({ key, suspicion });
      }
    }
  }

  #againstInline(entry: FileEntry): Iterable<Suspicion> {
    if (entry.kind === 'file' || entry.kind === 'database') this.#files++;
    if (entry.kind !== 'file' || entry.chunks.kind !== 'inline') return NOTHING;
    const against = new Set<Suspicion>();
    for (const { address, name } of entry.chunks.chunks) {
      const suspicion = this.#options.blobs.against(address, 0, name);
      if (suspicion !== null) against.add(suspicion);
    }
    return against;
  }

  async #againstTables(entry: FileEntry): Promise<Iterable<Suspicion>> {
    if (entry.kind === 'database') return await this.#databases.check(entry);
    if (entry.kind !== 'file' || entry.chunks.kind !== 'table') return NOTHING;
    const { table } = entry.chunks;
    const key = `${entry.bytes} ${table.map(({ root }) => addressKey(root)).join(' ')}`;
    const known = this.#chunkTables.get(key);
    if (known !== undefined) return known;
    const against = await this.#checkChunkTable(table, entry.bytes);
    this.#chunkTables.set(key, against);
    return against;
  }

  /** Chunks rise, do not overlap, and end within the file; what none covers reads as zeros. */
  async #checkChunkTable(table: Table, fileBytes: number): Promise<ReadonlySet<Suspicion>> {
    const { read, blobs, blame, signal } = this.#options;
    const against = new Set<Suspicion>();
    for (const layer of table) {
      let end = 0;
      await walkLayer(
        read,
        layer,
        {
          leaf: (node) => {
            blobs.begin(node);
            for (const { key, value } of node.entries) {
              if (value.length === 0) continue;
              try {
                const chunk = decodeChunkEntry(node.addresses, key, value);
                const { fileOffset, address, name } = chunk;
                const begins = fileOffset >= end;
                end = fileOffset + address.plainBytes;
                if (!begins || end > fileBytes) against.add(this.#senseless('chunk list', key));
                const suspicion = blobs.against(address, 0, name);
                if (suspicion !== null) against.add(suspicion);
              } catch (error) {
                asDamage(error);
                against.add(this.#senseless('chunk list', key));
              }
            }
          },
          broken: (_range, address, error) => against.add(blame.ofError(address, error)),
        },
        signal,
      );
    }
    return against;
  }

  #senseless(where: string, key: Uint8Array): Suspicion {
    const what = (count: number): string =>
      `${count === 1 ? 'An entry' : `${count} entries`} of a ${where} can not be read`;
    return this.#options.suspicions
      .get(`entries of ${where}`, () => new Suspicion('damage', what, renewRemedy))
      .count(Buffer.from(key).toString('latin1'));
  }
}
