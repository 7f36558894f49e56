/** `holdfast password remove`: the vaults destroy what they keep, and no password opens the backup. */
import { STORE } from '../arguments/every-option.ts';
import type { Command, Invocation } from '../command.ts';
import { PASSWORD_FILE } from '../passwords/obtain-password.ts';
import { openPasswordPlace, type PasswordPlace } from '../passwords/password-place.ts';
import { removalOutcome } from '../passwords/removal-outcome.ts';
import { removalPlaces } from '../passwords/removal-places.ts';
import { type TriedPassword, tryPassword, wipeAllButProof } from '../passwords/try-password.ts';
import { knownVaults, READ_SHEET, type SheetInUse, useSheet } from '../passwords/use-sheet.ts';
import { waitForLate } from '../passwords/wait-for-late.ts';

export const command: Command = {
  name: 'password remove',
  summary: 'Have the vaults destroy what a password opens',
  usage: '[--sheet FILE] [--forgotten] [--vault URL …]',
  description: [
    'Asks for the account code of the recovery sheet and the password; the vaults then destroy what they keep, at once. The 64-digit key is left, as the only way to the backup: check that you have it with "holdfast key verify".',
    'With --forgotten, the key that this device keeps is enough, and they do so after 72 hours, or longer if a vault says so; until then the password can cancel it.',
    'Removing does not revoke: whoever has brought the key back once has it for good.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    READ_SHEET,
    { name: 'forgotten', summary: 'Without the password: takes effect after days' },
    {
      name: 'vault',
      value: 'URL',
      isList: true,
      summary: 'Only at this vault, and others named so; at all without it',
    },
    PASSWORD_FILE,
    STORE,
  ],
  examples: [
    { line: 'holdfast password remove --sheet recovery-sheet.html', what: 'At all its vaults' },
  ],

  async run(invocation) {
    const { options, output, signal } = invocation;
    using place = await openPasswordPlace(invocation);
    const { backupId, rootKey, store } = place;
    using sheet = await useSheet(invocation, place);
    const places = await removalPlaces(invocation, place, knownVaults(sheet, place));
    const typed = options.has('forgotten') ? null : await typePassword(invocation, place, sheet);
    using proofSeed = typed?.proofSeed;
    const replaced =
      typed === null || proofSeed === undefined
        ? null
        : { recordHash: typed.record.hash, proofSeed };
    const { removeAllPasswords } = await import('@holdfast/client/passwords');
    const asked = { vaults: places.vaults, store, rootKey, accountCode: null, signal };
    const ended = places.concerned(await removeAllPasswords(replaced, asked));
    const outcome = removalOutcome(ended, {
      isPart: places.isPart,
      isTyped: typed !== null,
      t: typed?.record.body.t ?? sheet.minimumT,
    });
    for (const text of outcome.warnings) output.warn(text);
    output.report([
      outcome.result,
      'Removing does not revoke: who has brought the key back once has it for good',
    ]);
    output.summary({
      backupId: backupId.toHex(),
      vaults: ended.map(({ name, ended, failure }) => {
        return { url: name, ended, isReached: failure === null };
      }),
      dueInMs: outcome.dueInMs,
    });
    return outcome.isAll ? 0 : 1;
  },
};

/** @returns Wipe its proof seed. */
async function typePassword(
  invocation: Invocation,
  place: PasswordPlace,
  sheet: SheetInUse,
): Promise<TriedPassword> {
  const accountCode = await sheet.accountCode();
  const tried = await tryPassword(
    invocation,
    { ...place, ...sheet, accountCode },
    { question: 'Password (nothing is shown): ', fileOption: PASSWORD_FILE },
  );
  wipeAllButProof(tried);
  await waitForLate(invocation, tried.ended);
  return tried;
}
