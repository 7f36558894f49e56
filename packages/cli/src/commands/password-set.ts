/** `holdfast password set`: a first password, which brings the key back through vaults. */
import { rm } from 'node:fs/promises';
import { Secret } from '@holdfast/core/secret';
import { ACCOUNT_CODE_BYTES } from '@holdfast/core/vault-protocol';
import { STORE } from '../arguments/every-option.ts';
import type { Command, Invocation, Option } from '../command.ts';
import { commandError } from '../command-error.ts';
import {
  chooseVaults,
  describeChoice,
  SET_OPTIONS,
  sheetVaults,
} from '../passwords/choose-vaults.ts';
import { guessBound } from '../passwords/guess-bound.ts';
import { handOverSheet, newSheetFile } from '../passwords/hand-over-sheet.ts';
import { obtainNewPassword, PASSWORD_FILE } from '../passwords/obtain-password.ts';
import { openPasswordPlace, type PasswordPlace } from '../passwords/password-place.ts';
import { describeStrength, judgePassword } from '../passwords/password-strength.ts';
import { putPassword, vaultFacts } from '../passwords/put-password.ts';
import { tellOfVaults } from '../passwords/tell-of-vaults.ts';

const SHEET: Option = {
  name: 'sheet',
  value: 'FILE',
  summary: 'Write the recovery sheet to a new file, .html or .txt',
};

export const command: Command = {
  name: 'password set',
  summary: 'Let a password bring the key back',
  usage: '[--vault URL …] [--threshold T] [--sheet FILE]',
  description: [
    'Sets a password at the vaults that this device trusts. On a new device, the password and the recovery sheet then bring the key back: "holdfast recover --method password". The 64-digit key goes on opening the backup.',
    'The sheet holds an account code, without which nobody can guess. It opens nothing by itself; this device does not keep it. Wrong guesses are counted by the vaults, which destroy what they keep after ten in a row.',
    'Ends with one recovery, to prove that the password works. Without a terminal, --password-file and --sheet are needed.',
  ],
  operands: { least: 0, most: 0 },
  options: [...SET_OPTIONS, SHEET, PASSWORD_FILE, STORE],
  examples: [
    { line: 'holdfast password set --sheet recovery-sheet.html', what: 'With a page to print' },
  ],

  async run(invocation) {
    const { options, output, signal } = invocation;
    const file = newSheetFile(invocation, SHEET);
    using place = await openPasswordPlace(invocation);
    const { storeUrl, backupId } = place;
    const chosen = await chooseVaults(options, place.trusted, null);
    const { vaults, t } = chosen;
    await assertNone(place, invocation);
    const tries = await guessBound(vaults, t, signal);
    const password = await obtainNewPassword(invocation, async (typed) => {
      for (const line of describeStrength(await judgePassword(typed), tries)) output.aside(line);
    });
    using accountCode = new Secret(crypto.getRandomValues(new Uint8Array(ACCOUNT_CODE_BYTES)));
    const sheet = { storeUrl, backupId, accountCode, vaults: await sheetVaults(vaults), t };
    await handOverSheet(invocation, SHEET, sheet, file).catch(explainStop);

    let isCommitting = false;
    const onCommitting = (): void => {
      isCommitting = true;
    };
    try {
      const put = await putPassword(invocation, place, {
        ...{ vaults, t, password, accountCode, onCommitting },
        replaced: null,
      });
      const { reports, set } = put;
      await tellOfVaults(invocation, { ...place, vaults });
      output.report([
        reports === null
          ? 'The password is set, but too few vaults have it yet: run "holdfast password check" later'
          : 'The password is set, and brought the key back once',
        describeChoice(chosen),
        ...(file === null
          ? []
          : [`The recovery sheet is in ${file.path}: print it, put it away, then delete the file`]),
      ]);
      output.summary({
        store: storeUrl,
        backupId: backupId.toHex(),
        t,
        vaults: vaultFacts(set),
        isProved: reports !== null,
        sheet: file?.path,
      });
      return reports === null ? 1 : 0;
    } catch (error) {
      // Until then nothing happened, and the sheet is of nothing.
      if (!isCommitting && file !== null) await rm(file.path, { force: true });
      if (isCommitting && signal.aborted) throw stoppedLate(error);
      throw error;
    }
  },
};

/** @throws {HoldfastError} `usage` when a password is there already, or waits. */
async function assertNone(
  { store, rootKey, trusted: vaults }: PasswordPlace,
  { signal }: Invocation,
): Promise<void> {
  const { surveyAsOwner } = await import('@holdfast/client/passwords');
  const survey = await surveyAsOwner(store, rootKey, { vaults, accountCode: null, signal });
  signal.throwIfAborted();
  const having = survey.vaults.filter(
    ({ status, failure }) =>
      failure === null &&
      status?.records.some(({ state }) => ['live', 'old', 'pending'].includes(state)),
  );
  if (having.length === 0) return;
  const where = having.map(({ client }) => client.link.name).join(', ');
  throw commandError('usage', `Cannot set a first password: one is set already, at ${where}`, {
    nextStep:
      'To change it: holdfast password change; with --forgotten without the old one, and when it was removed at other vaults only. Was the run that set it cut off? Its sheet is good: holdfast password check',
  });
}

/** At Ctrl-C or the end of the input, while the sheet is being written down. */
function explainStop(cause: unknown): never {
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'cancelled')) throw cause;
  throw commandError(
    'cancelled',
    'Stopped: no password was set, and this sheet is good for nothing',
    {
      cause,
      nextStep: 'Cross it out; "holdfast password set" makes another.',
    },
  );
}

function stoppedLate(cause: unknown): Error {
  return commandError('cancelled', 'Stopped: the password may be set already, so keep the sheet', {
    cause,
    nextStep: 'Try whether it works: holdfast password check',
  });
}
