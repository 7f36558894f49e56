/** `holdfast key show`: the 64-digit key that this device keeps. */
import { formatKey } from '@holdfast/core/key-text';
import { STORE } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { findKeptKey } from '../places/open-backup.ts';

export const command: Command = {
  name: 'key show',
  summary: 'Show the 64-digit key that this device keeps',
  usage: '',
  description: [
    'Shows the 64-digit key that this device keeps, in eight numbered rows. The letter that ends a row catches typing errors in it. Whoever sees the key can open the backup.',
  ],
  operands: { least: 0, most: 0 },
  options: [STORE],
  examples: [{ line: 'holdfast key show', what: 'To write it down once more' }],

  async run(invocation) {
    const { output } = invocation;
    const { rootKey, backupId, storeUrl } = await findKeptKey(invocation);
    const rows = formatKey(rootKey.bytes());
    rootKey.wipe();
    for (const row of rows) output.result(row);
    output.summary({ store: storeUrl, backupId: backupId.toHex(), rows });
    return 0;
  },
};
