/**
 * Visits every node of one layer of a table, in order of key, and goes on past nodes that can't be
 * read.
 */
import {
  type Address,
  childAddress,
  decodeTableNode,
  type TableEntry,
  type TableLayer,
  type TableNode,
} from '@holdfast/core/backup-format';
import { compareBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { asDamage } from '../repository/damage.ts';
import { throwIfCancelled } from '../stores/index.ts';
import type { KeyRange, ReadBlob } from '../table/index.ts';

export interface LayerVisitor {
  /** Takes a leaf: keys rise from leaf to leaf. What it throws as damage makes the leaf broken. */
  leaf(node: TableNode): Promise<void> | void;
  /** A node could not be read, and so nothing is known of a range of keys. */
  broken(range: KeyRange, address: Address, error: HoldfastError): void;
}

/** @throws {HoldfastError} `cancelled`, or what the store throws; damage is told to the visitor. */
export async function walkLayer(
  read: ReadBlob,
  layer: TableLayer,
  visitor: LayerVisitor,
  signal: AbortSignal | undefined,
): Promise<void> {
  let entries = 0;
  let isWhole = true;

  async function visit(address: Address, height: number, range: KeyRange): Promise<void> {
    throwIfCancelled(signal, 'check');
    let node: TableNode;
    let children: readonly Address[];
    try {
      node = decodeTableNode(await read(address));
      assertFits(node, height, range);
      children = height === 0 ? [] : node.entries.map((entry) => childAddress(node, entry));
    } catch (error) {
      isWhole = false;
      visitor.broken(range, address, asDamage(error));
      return;
    }
    if (height === 0) {
      entries += node.entries.length;
      try {
        await visitor.leaf(node);
      } catch (error) {
        visitor.broken(range, address, asDamage(error));
      }
      return;
    }
    for (const [i, child] of children.entries()) {
      const from = (node.entries[i] as TableEntry).key;
      const to = node.entries[i + 1]?.key ?? range.to;
      await visit(child, height - 1, { from, to });
    }
  }

  const everything = { from: null, to: null };
  await visit(layer.root, layer.height, everything);
  if (isWhole && entries !== layer.entries) {
    const state = 'it has not as many entries as it should';
    visitor.broken(everything, layer.root, wrongNode(state));
  }
}

function assertFits(node: TableNode, height: number, { from, to }: KeyRange): void {
  if (node.height !== height) throw wrongNode('it stands at a wrong height');
  const first = node.entries[0] as TableEntry;
  const last = node.entries.at(-1) as TableEntry;
  const begins = from === null || compareBytes(first.key, from) === 0;
  const ends = to === null || compareBytes(last.key, to) < 0;
  if (!begins || !ends) throw wrongNode('its keys belong elsewhere');
}

function wrongNode(state: string): HoldfastError {
  return new HoldfastError('damaged', `Cannot read a table node: ${state}`);
}
