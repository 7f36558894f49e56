/**
 * Finding every blob that a table names, by the address books of its nodes alone
 * (spec/backup-format.md §6): no value needs to be understood.
 */
import { type Address, AddressBook } from '@holdfast/core/backup-format';
import { ByteReader, toHex } from '@holdfast/core/bytes';
import type { StreamRanges } from '../repository/stream-ranges.ts';
import { throwIfCancelled } from '../stores/index.ts';
import type { ReadBlob } from '../table/index.ts';

/** Nodes read at a time. */
const READS_AT_ONCE = 8;

export interface FindLiveOptions {
  readonly read: ReadBlob;
  /** Gets every blob found. */
  readonly live: StreamRanges;
  /** Gets the table nodes alone. */
  readonly nodes?: StreamRanges;
  /** Called for every node read, with its stored length. */
  readonly onNode?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Adds to `live` all that can be reached from `from`, reading every node once.
 *
 * @param from Addresses of table nodes.
 * @throws {HoldfastError} `damaged` or `object-missing`: then nothing is known to be dead.
 */
export async function findLiveBlobs(
  from: readonly Address[],
  { read, live, nodes: nodeRanges, onNode, signal }: FindLiveOptions,
): Promise<void> {
  const seen = new SeenNodes();
  /** Last in, first out, so that it stays about as long as a few nodes have children. */
  const waiting: Address[] = [];
  const add = (addresses: readonly Address[]): void => {
    for (const address of addresses.toReversed()) {
      live.add(address.stream, address.offset, address.storedBytes);
      if (address.kind !== 'node' || !seen.add(address)) continue;
      nodeRanges?.add(address.stream, address.offset, address.storedBytes);
      waiting.push(address);
    }
  };
  add(from);
  while (waiting.length > 0) {
    throwIfCancelled(signal, 'find what is live');
    const batch = waiting.splice(-READS_AT_ONCE).reverse();
    const nodes = await Promise.all(batch.map(read));
    for (const [i, bytes] of [...nodes.entries()].reverse()) {
      add(readAddresses(bytes));
      onNode?.((batch[i] as Address).storedBytes);
    }
  }
}

/** The address book of a table node, which stands behind its height. */
function readAddresses(node: Uint8Array): readonly Address[] {
  const reader = new ByteReader(node, 'table node');
  reader.u8();
  return AddressBook.decode(reader);
}

class SeenNodes {
  readonly #streams = new Map<string, Set<number>>();

  /** @returns false when the node was seen before. */
  add({ stream, offset }: Address): boolean {
    const key = toHex(stream);
    const offsets = this.#streams.get(key) ?? new Set();
    this.#streams.set(key, offsets);
    if (offsets.has(offset)) return false;
    offsets.add(offset);
    return true;
  }
}
