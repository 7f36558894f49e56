/** `holdfast key sheet`: a page to print and put away. */
import { STORE } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';
import { writeNewFile } from '../places/key-file.ts';
import { findKeptKey } from '../places/open-backup.ts';

export const command: Command = {
  name: 'key sheet',
  summary: 'Write a page with the key, to print and put away',
  usage: '--out FILE',
  description: [
    'Writes a page with the 64-digit key, the store, and what to do with them: a web page to print if FILE ends in .html, plain text if it ends in .txt. Only you can read the file; delete it once it is printed. Whoever finds the page can open the backup.',
  ],
  operands: { least: 0, most: 0 },
  options: [{ name: 'out', value: 'FILE', summary: 'A new file, .html or .txt (required)' }, STORE],
  examples: [{ line: 'holdfast key sheet --out key-sheet.html', what: 'A page to print' }],

  async run(invocation) {
    const { options, terminal, output } = invocation;
    const out = options.text('out');
    const format = /\.(html?|txt)$/i.exec(out ?? '')?.[1]?.toLowerCase();
    if (out === undefined || format === undefined) {
      throw usageError(
        'Cannot write the key sheet: --out must name a file that ends in .html or .txt',
        'For example: holdfast key sheet --out key-sheet.html',
      );
    }
    const { rootKey: kept, backupId, storeUrl } = await findKeptKey(invocation);
    using rootKey = kept;
    const { formatHtmlSheet, formatTextSheet } = await import('../key-sheet.ts');
    const facts = { storeUrl, backupId, atMs: terminal.now() };
    const sheet =
      format === 'txt' ? formatTextSheet(rootKey, facts) : formatHtmlSheet(rootKey, facts);
    await writeNewFile(out, sheet);
    output.report([`Key sheet written to ${out}`, 'Print it, put it away, then delete the file']);
    output.summary({ file: out, store: storeUrl, backupId: backupId.toHex() });
    return 0;
  },
};
