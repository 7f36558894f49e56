/** `holdfast password change`: another password; at once with the old one, after a delay without it. */
import { rm } from 'node:fs/promises';
import { STORE } from '../arguments/every-option.ts';
import type { Command, Invocation, Option } from '../command.ts';
import { commandError, usageError } from '../command-error.ts';
import { changeOutcome, describeMove } from '../passwords/change-outcome.ts';
import {
  chooseVaults,
  describeChoice,
  namedVaults,
  SET_OPTIONS,
  sheetVaults,
} from '../passwords/choose-vaults.ts';
import { guessBound } from '../passwords/guess-bound.ts';
import { handOverSheet, newSheetFile, type SheetFile } from '../passwords/hand-over-sheet.ts';
import {
  OLD_PASSWORD_FILE,
  obtainNewPassword,
  PASSWORD_FILE,
} from '../passwords/obtain-password.ts';
import { forgottenPassword, typedPassword } from '../passwords/old-password.ts';
import { openPasswordPlace } from '../passwords/password-place.ts';
import { describeStrength, judgePassword } from '../passwords/password-strength.ts';
import { putPassword, vaultFacts } from '../passwords/put-password.ts';
import { removeAtOthers } from '../passwords/remove-at-others.ts';
import { knownVaults, READ_SHEET, useSheet } from '../passwords/use-sheet.ts';

const NEW_SHEET: Option = {
  name: 'new-sheet',
  value: 'FILE',
  summary: 'Write a new recovery sheet, where one is needed, to a new file',
};

export const command: Command = {
  name: 'password change',
  summary: 'Set another password, or use other vaults',
  usage: '[--sheet FILE] [--forgotten] [--vault URL …] [--threshold T]',
  description: [
    'Asks for the account code of the recovery sheet, the old password, and a new one, which takes its place at once, at the same vaults. The sheet stays good. With --vault, the password moves to the vaults that are named; with that or --threshold, a new sheet is made with the same code.',
    'With --forgotten, the key that this device keeps is enough: there is a new account code on a new sheet, and the new password takes effect after 72 hours, or longer if a vault says so. Until then every device of yours tells of it, and the old password can cancel it: so nobody who only holds your device changes it unnoticed.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    READ_SHEET,
    { name: 'forgotten', summary: 'Without the old password: takes effect after days' },
    ...SET_OPTIONS,
    NEW_SHEET,
    OLD_PASSWORD_FILE,
    PASSWORD_FILE,
    STORE,
  ],
  examples: [
    { line: 'holdfast password change --sheet recovery-sheet.html', what: 'With the old password' },
    { line: 'holdfast password change --forgotten --new-sheet sheet.html', what: 'Without it' },
  ],

  async run(invocation) {
    const { options, output, signal } = invocation;
    assertOneFromStdin(invocation);
    const isForgotten = options.has('forgotten');
    let file = isForgotten ? newSheetFile(invocation, NEW_SHEET) : null;
    using place = await openPasswordPlace(invocation);
    const { storeUrl, backupId } = place;
    using sheetInUse = await useSheet(invocation, place);
    const known = knownVaults(sheetInUse, place);
    if (options.has('vault')) await namedVaults(options, known);
    using old = isForgotten
      ? await forgottenPassword(invocation, place, sheetInUse)
      : await typedPassword(invocation, place, sheetInUse);
    const chosen = await chooseVaults(options, known, old.record);
    const { vaults, t } = chosen;
    const move = describeMove(old.record, chosen);
    const needsSheet = isForgotten || move.length > 0;
    if (needsSheet && !isForgotten) file = newSheetFile(invocation, NEW_SHEET);

    const tries = await guessBound(vaults, t, signal);
    for (const text of move) output.aside(text);
    const password = await obtainNewPassword(invocation, async (typed) => {
      for (const line of describeStrength(await judgePassword(typed), tries)) output.aside(line);
    });
    const { accountCode, replaced } = old;
    if (needsSheet) {
      const sheet = { storeUrl, backupId, accountCode, vaults: await sheetVaults(vaults), t };
      await handOverSheet(invocation, NEW_SHEET, sheet, file);
    }
    let isCommitting = false;
    const onCommitting = (): void => {
      isCommitting = true;
    };
    try {
      const options = { vaults, t, password, accountCode, replaced, onCommitting };
      const put = await putPassword(invocation, place, options);
      const { isSet, results } = changeOutcome(put, old);
      if (isSet) await removeAtOthers(invocation, place, old, { known, kept: vaults });
      output.report([
        ...results,
        describeChoice(chosen),
        needsSheet ? sheetText(file, isForgotten) : 'Your recovery sheet stays good',
      ]);
      output.summary({
        store: storeUrl,
        backupId: backupId.toHex(),
        t,
        vaults: vaultFacts(put.set),
        isProved: put.reports !== null,
        sheet: needsSheet ? file?.path : undefined,
      });
      return isSet ? 0 : 1;
    } catch (error) {
      if (!isCommitting && needsSheet && file !== null) await rm(file.path, { force: true });
      if (isCommitting && signal.aborted) throw stoppedLate(error);
      throw error;
    }
  },
};

function sheetText(file: SheetFile | null, isForgotten: boolean): string {
  const where =
    file === null
      ? 'The new recovery sheet is what you wrote down'
      : `The new recovery sheet is in ${file.path}`;
  return `${where}; the old one is good ${isForgotten ? 'until then' : 'no more'}`;
}

function stoppedLate(cause: unknown): Error {
  return commandError(
    'cancelled',
    'Stopped: the new password may be set already, beside the old one',
    {
      cause,
      nextStep: 'Whichever works; try the new one first: holdfast password check',
    },
  );
}

/** Both passwords can't be the same line. */
function assertOneFromStdin({ options }: Invocation): void {
  const files = [OLD_PASSWORD_FILE, PASSWORD_FILE].map(({ name }) => options.text(name));
  if (files.every((file) => file === '-')) {
    throw usageError('Cannot read both passwords from standard input: name a file for one');
  }
}
