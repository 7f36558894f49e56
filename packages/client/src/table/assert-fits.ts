/**
 * Whether a node is what its parent says (spec/backup-format.md §6.1).
 */
import type { TableEntry, TableNode } from '@holdfast/core/backup-format';
import { compareBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';

/** Keys from `from` to before `to`. */
export interface KeyRange {
  /** null: from the first key. */
  readonly from: Uint8Array | null;
  /** null: to the last key. */
  readonly to: Uint8Array | null;
}

/**
 * A branch's child begins with the key that the branch gives it, and ends before the next. So no
 * chain of nodes, however made, leads round in a circle, and none is read twice.
 *
 * @throws {HoldfastError} `damaged`.
 */
export function assertFits(node: TableNode, height: number, { from, to }: KeyRange): void {
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
