/**
 * From the newest head to the index, read as a device would that has nothing but the key.
 */

import type { Address } from '@holdfast/core/backup-format';
import { decodeRoot, decodeSegment, type Root } from '@holdfast/core/backup-format';
import type { HoldfastError } from '@holdfast/core/errors';
import { asDamage } from '../damage.ts';
import type { Backup } from '../repository/backup.ts';
import { SegmentMap } from '../repository/segment-map.ts';
import type { Blame } from './blame.ts';
import { walkLayer } from './walk-layer.ts';

/**
 * @param blame Of the state that was read when the backup was opened, which the check goes on
 *   with whatever is found here.
 */
export async function checkIndex(
  backup: Backup,
  blame: Blame,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { headState, root: known } = backup.state;
  const segments = new SegmentMap();
  for (const segment of headState.segments) segments.add(segment);
  const { read } = backup.reader(signal, segments);
  const lose = (address: Address, error: HoldfastError, what: string): void => {
    blame.ofError(address, error).affects(what);
  };
  let root: Root = known;
  try {
    root = decodeRoot(await read(headState.root));
  } catch (error) {
    lose(headState.root, asDamage(error), 'the whole backup: its root can not be read');
  }
  // A layer of the index lies in packs that the head or a newer layer names: newest first.
  for (const layer of root.index.toReversed()) {
    await walkLayer(
      read,
      layer,
      {
        leaf(node) {
          for (const { key, value } of node.entries) {
            const segment = decodeSegment(key.slice(), value);
            if (!segments.covers(segment.stream, segment.start, 1)) segments.add(segment);
          }
        },
        broken: (_range, address, error) =>
          lose(address, error, 'the whole backup: its index can not be read'),
      },
      signal,
    );
  }
}
