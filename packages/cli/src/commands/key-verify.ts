/** `holdfast key verify`: is what the person kept the key that this device keeps? */
import { formatKey } from '@holdfast/core/key-text';
import { Secret } from '@holdfast/core/secret';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import { obtainKey } from '../ask-key.ts';
import type { Command } from '../command.ts';
import { commandError } from '../command-error.ts';
import { findKeptKey } from '../places/open-backup.ts';

export const command: Command = {
  name: 'key verify',
  summary: 'Check that the key you wrote down is the right one',
  usage: '[--key-file FILE]',
  description: [
    'Asks for the 64-digit key as you wrote it down and compares it with the one that this device keeps. Rows that differ are named.',
  ],
  operands: { least: 0, most: 0 },
  options: [...BACKUP_OPTIONS],
  examples: [{ line: 'holdfast key verify', what: 'Can you still read your own hand?' }],

  async run(invocation) {
    const { output } = invocation;
    const { rootKey, backupId, storeUrl } = await findKeptKey(invocation);
    using kept = rootKey;
    using typed = new Secret((await obtainKey(invocation)).bytes);
    const isSame = kept.equals(typed);
    const rows = isSame ? [] : differingRows(kept, typed);
    if (rows.length === KEY_ROWS) {
      throw commandError('wrong-key', 'Cannot confirm the key: it is another one, row by row', {
        details: { rows },
        nextStep:
          'Is it of another backup? Then keep that paper; "holdfast key show" shows the key of this one.',
      });
    }
    if (!isSame) {
      const which = rows.length === 1 ? `row ${rows[0]} differs` : `rows ${rows.join(', ')} differ`;
      throw commandError('wrong-key', `Cannot confirm the key: ${which}`, {
        details: { rows },
        nextStep: 'Correct what you wrote down; "holdfast key show" shows the right rows.',
      });
    }
    output.report(['The key is right']);
    output.summary({ store: storeUrl, backupId: backupId.toHex() });
    return 0;
  },
};

const KEY_ROWS = 8;

function differingRows(a: Secret, b: Secret): number[] {
  const other = formatKey(b.bytes());
  return formatKey(a.bytes()).flatMap((row, index) => (row === other[index] ? [] : [index + 1]));
}
