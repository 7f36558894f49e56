/** `holdfast password remove`: the vaults destroy what they keep, and no password opens the backup. */
import type { ReplacedPassword } from '@holdfast/core/vault-protocol';
import { STORE } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { commandError } from '../command-error.ts';
import { PASSWORD_FILE } from '../passwords/obtain-password.ts';
import { openPasswordPlace } from '../passwords/password-place.ts';
import { obtainSheetCode, READ_SHEET } from '../passwords/read-sheet-file.ts';
import { failureText, tryPassword } from '../passwords/try-password.ts';
import { formatDuration } from '../terminal/quantities.ts';

export const command: Command = {
  name: 'password remove',
  summary: 'Have the vaults destroy what a password opens',
  usage: '[--sheet FILE] [--forgotten]',
  description: [
    'Asks for the account code of the recovery sheet and the password; the vaults then destroy what they keep, at once. The 64-digit key is left, as the only way to the backup: check that you have it with "holdfast key verify".',
    'With --forgotten, the key that this device keeps is enough, and they do so after 72 hours, or longer if a vault says so; until then the password can cancel it.',
    'Removing does not revoke: whoever has brought the key back once has it for good.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    READ_SHEET,
    { name: 'forgotten', summary: 'Without the password: takes effect after days' },
    PASSWORD_FILE,
    STORE,
  ],
  examples: [
    { line: 'holdfast password remove --sheet recovery-sheet.html', what: 'At all its vaults' },
  ],

  async run(invocation) {
    const { options, output, signal } = invocation;
    const place = await openPasswordPlace(invocation);
    const { backupId, rootKey, vaults } = place;
    let typed: ReplacedPassword | null = null;
    if (!options.has('forgotten')) {
      const sheet = await obtainSheetCode(invocation, place);
      const recovered = await tryPassword(
        invocation,
        { ...place, ...sheet },
        { question: 'Password (nothing is shown): ', fileOption: PASSWORD_FILE },
      );
      await recovered.ended;
      typed = { recordHash: recovered.record.hash, proofSeed: recovered.proofSeed };
    }
    const { removeAllPasswords } = await import('@holdfast/client/passwords');
    const ended = await removeAllPasswords(typed, { vaults, rootKey, accountCode: null, signal });
    rootKey.wipe();
    typed?.proofSeed?.wipe();
    const waits = ended.flatMap(
      ({ status }) => status?.records.map(({ dueInMs }) => dueInMs) ?? [],
    );
    const dueInMs = Math.max(0, ...waits);
    const lacking = ended.filter(({ failure }) => failure !== null);
    for (const { name, failure } of lacking) {
      output.warn(`${failureText(name, failure)}: run this again`);
    }
    const isAll = lacking.length === 0;
    if (isAll && dueInMs === 0 && ended.every((vault) => vault.ended === 0)) {
      throw commandError('password-missing', 'Cannot remove the password: none is set');
    }
    output.report([
      dueInMs > 0
        ? `The password goes in ${formatDuration(dueInMs)}; until then it works, and can cancel that: holdfast password cancel`
        : isAll
          ? 'The vaults have destroyed what they kept: only the 64-digit key opens the backup now'
          : ended.some((vault) => vault.ended > 0)
            ? 'Some vaults have destroyed what they kept'
            : 'No vault says that it has destroyed anything',
      'Removing does not revoke: who has brought the key back once has it for good',
    ]);
    output.summary({
      backupId: backupId.toHex(),
      vaults: ended.map(({ name, ended, failure }) => {
        return { url: name, ended, isReached: failure === null };
      }),
      dueInMs,
    });
    return isAll ? 0 : 1;
  },
};
