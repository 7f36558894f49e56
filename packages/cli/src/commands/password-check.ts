/** `holdfast password check`: types the password once, so that it stays in mind and the vaults are sure. */
import { STORE } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { PASSWORD_FILE } from '../passwords/obtain-password.ts';
import { openPasswordPlace } from '../passwords/password-place.ts';
import { tellOfVaults } from '../passwords/tell-of-vaults.ts';
import { tryPassword, wipeTried } from '../passwords/try-password.ts';
import { READ_SHEET, useSheet } from '../passwords/use-sheet.ts';
import { waitForLate } from '../passwords/wait-for-late.ts';
import { countOf } from '../terminal/quantities.ts';

export const command: Command = {
  name: 'password check',
  summary: 'Try whether you still know the password',
  usage: '[--sheet FILE] [--older]',
  description: [
    'Asks for the account code of the recovery sheet and for the password, and recovers with them as a new device would. Nothing changes, but the vaults forget wrong guesses, and the password before this one ends if it had not yet.',
    '"holdfast status" reminds you after 30 days.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    READ_SHEET,
    { name: 'older', summary: 'Try the password before the newest, while it still works' },
    PASSWORD_FILE,
    STORE,
  ],
  examples: [{ line: 'holdfast password check', what: 'Once a month, from paper and memory' }],

  async run(invocation) {
    const { options, output } = invocation;
    using place = await openPasswordPlace(invocation);
    const { backupId } = place;
    using sheet = await useSheet(invocation, place);
    const accountCode = await sheet.accountCode();
    const tried = await tryPassword(
      invocation,
      { ...place, ...sheet, accountCode },
      {
        question: 'Password (nothing is shown): ',
        fileOption: PASSWORD_FILE,
        isOlder: options.has('older'),
      },
    );
    wipeTried(tried);
    const vaults = await waitForLate(invocation, tried.ended);
    await tellOfVaults(invocation, { ...place, vaults: sheet.vaults });
    const proved = vaults.filter(({ isProved }) => isProved).length;
    output.report([`The password is right: ${countOf(proved, 'vault')} brought the key back`]);
    output.summary({
      backupId: backupId.toHex(),
      vaults: vaults.map(({ name, isProved, isLiar }) => ({
        url: name,
        isProved,
        isLiar,
      })),
    });
    return 0;
  },
};
