/** `holdfast key rotate`: seals what is backed up from now on under a new key. */
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { openConfirmedBackup } from '../witnesses/open-confirmed.ts';

export const command: Command = {
  name: 'key rotate',
  summary: 'Seal what is backed up from now on under a new key',
  usage: '',
  description: [
    'Seals what is backed up from now on, by every device, under a new key. The 64-digit key stays and opens everything, old and new; nothing is uploaded again. What is there already is read a little slower from now on, as each of its packs has to be fetched whole.',
  ],
  operands: { least: 0, most: 0 },
  options: [...BACKUP_OPTIONS],
  examples: [{ line: 'holdfast key rotate', what: 'Once a year, say' }],

  async run(invocation) {
    const { output, signal } = invocation;
    await using opened = await openConfirmedBackup(invocation);
    const { rotateEpoch } = await import('@holdfast/client');
    const { epoch, head } = await rotateEpoch(opened.backup, { signal });
    await opened.tellVaults();
    output.report([
      'What is backed up from now on is sealed under a new key',
      'The 64-digit key stays as it is, and opens everything',
    ]);
    output.summary({ store: opened.storeUrl, epoch, head });
    return 0;
  },
};
