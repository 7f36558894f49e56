/**
 * Texts that stand for the layers of a table, oldest first: the same for the same layers.
 */
import { addressKey, type Table } from '@holdfast/core/backup-format';

export function layerKeys(table: Table): readonly string[] {
  return table.map(({ root }) => addressKey(root));
}
