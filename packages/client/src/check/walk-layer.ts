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
import type { HoldfastError } from '@holdfast/core/errors';
import { asDamage } from '../damage.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { assertFits, type KeyRange, type ReadBlob } from '../table/index.ts';

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
  async function visit(address: Address, height: number, range: KeyRange): Promise<void> {
    throwIfCancelled(signal, 'check');
    let node: TableNode;
    let children: readonly Address[];
    try {
      node = decodeTableNode(await read(address));
      assertFits(node, height, range);
      children = height === 0 ? [] : node.entries.map((entry) => childAddress(node, entry));
    } catch (error) {
      visitor.broken(range, address, asDamage(error));
      return;
    }
    if (height === 0) {
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

  await visit(layer.root, layer.height, { from: null, to: null });
}
