/** `holdfast password change`: another password; at once with the old one, after a delay without it. */
import { rm } from 'node:fs/promises';
import { equalBytes } from '@holdfast/core/bytes';
import { Secret } from '@holdfast/core/secret';
import {
  ACCOUNT_CODE_BYTES,
  evaluableIn,
  evaluableRecords,
  type KnownRecord,
  type ReplacedPassword,
  type VaultReport,
} from '@holdfast/core/vault-protocol';
import { STORE } from '../arguments/every-option.ts';
import type { Command, Invocation, Option } from '../command.ts';
import { commandError, usageError } from '../command-error.ts';
import {
  type ChosenVaults,
  chooseVaults,
  describeChoice,
  SET_OPTIONS,
  sheetVaults,
} from '../passwords/choose-vaults.ts';
import { guessBound } from '../passwords/guess-bound.ts';
import { handOverSheet, newSheetFile } from '../passwords/hand-over-sheet.ts';
import {
  OLD_PASSWORD_FILE,
  obtainNewPassword,
  PASSWORD_FILE,
} from '../passwords/obtain-password.ts';
import { openPasswordPlace, type PasswordPlace } from '../passwords/password-place.ts';
import { describeStrength, judgePassword } from '../passwords/password-strength.ts';
import { putPassword, vaultFacts, waitText } from '../passwords/put-password.ts';
import { obtainSheetCode, READ_SHEET } from '../passwords/read-sheet-file.ts';
import { removeAtOthers } from '../passwords/remove-at-others.ts';
import { type TriedPassword, tryPassword } from '../passwords/try-password.ts';

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
    'Asks for the account code of the recovery sheet, the old password, and a new one, which takes its place at once. The sheet stays good; with other vaults or another threshold, a new one is made with the same code.',
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
    const place = await openPasswordPlace(invocation);
    const { rootKey, storeUrl, backupId } = place;
    const chosen = await chooseVaults(options, place.vaults);
    const { vaults, t } = chosen;
    let file = isForgotten ? newSheetFile(invocation, NEW_SHEET) : null;
    const old = isForgotten
      ? await forgottenPassword(place, invocation)
      : await typedPassword(place, invocation);
    const needsSheet = isForgotten || !isSameSet(old.recovered, chosen);
    if (needsSheet && !isForgotten) file = newSheetFile(invocation, NEW_SHEET);

    const tries = await guessBound(vaults, t, signal);
    const password = await obtainNewPassword(invocation, async (typed) => {
      for (const line of describeStrength(await judgePassword(typed), tries)) output.aside(line);
    });
    const { accountCode, replaced } = old;
    if (needsSheet) {
      const sheet = { storeUrl, backupId, accountCode, vaults: await sheetVaults(vaults), t };
      await handOverSheet(invocation, sheet, file);
    }
    let isCommitting = false;
    const onCommitting = (): void => {
      isCommitting = true;
    };
    try {
      const options = { vaults, t, password, accountCode, replaced, onCommitting };
      const { set, recovered } = await putPassword(invocation, place, options);
      const isSet = recovered !== null || set.vaults.some(({ state }) => state === 'pending');
      const wait = waitText(set.vaults);
      if (recovered !== null && replaced?.proofSeed) {
        await removeAtOthers(invocation, place, vaults, replaced);
      }
      output.report([
        ...(wait === null
          ? [
              isSet
                ? 'The new password is set'
                : 'The new password is set, but too few vaults have it yet: the next run goes on, such as "holdfast password check" later',
            ]
          : [
              `The new password takes effect in ${wait}; until then the old one works, and can cancel it: holdfast password cancel`,
              'Every device of this backup tells of it meanwhile',
            ]),
        ...(recovered === null ? [] : [endedText(recovered.record, await recovered.ended)]),
        describeChoice(chosen),
        ...(file === null || !needsSheet
          ? []
          : [
              `The new recovery sheet is in ${file.path}; the old one is good ${isForgotten ? 'until then' : 'no more'}`,
            ]),
        ...(needsSheet ? [] : ['Your recovery sheet stays good']),
      ]);
      output.summary({
        store: storeUrl,
        backupId: backupId.toHex(),
        t,
        vaults: vaultFacts(set),
        isProved: recovered !== null,
        sheet: needsSheet ? file?.path : undefined,
      });
      return isSet ? 0 : 1;
    } catch (error) {
      if (!isCommitting && needsSheet && file !== null) await rm(file.path, { force: true });
      if (isCommitting && signal.aborted) throw stoppedLate(error);
      throw error;
    } finally {
      rootKey.wipe();
      accountCode.wipe();
      replaced?.proofSeed?.wipe();
    }
  },
};

function endedText(record: KnownRecord, vaults: readonly VaultReport[]): string {
  const kept = vaults.filter(
    ({ status }) =>
      status !== null && evaluableIn(status).some(({ hash }) => !equalBytes(hash, record.hash)),
  );
  const names = kept.map(({ name }) => name).join(', ');
  return kept.length > 0
    ? `It brought the key back once; the old one works, too, at ${names}, until "holdfast password check" reaches all vaults`
    : 'It brought the key back once; the old one is ended';
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

interface OldPassword {
  readonly accountCode: Secret;
  readonly replaced: ReplacedPassword | null;
  /** Null when it was not typed. */
  readonly recovered: TriedPassword | null;
}

async function typedPassword(place: PasswordPlace, invocation: Invocation): Promise<OldPassword> {
  const sheet = await obtainSheetCode(invocation, place);
  const recovered = await tryPassword(
    invocation,
    { ...place, ...sheet },
    { question: 'Old password (nothing is shown): ', fileOption: OLD_PASSWORD_FILE },
  );
  await recovered.ended;
  invocation.signal.throwIfAborted();
  const replaced = { recordHash: recovered.record.hash, proofSeed: recovered.proofSeed };
  return { accountCode: sheet.accountCode, replaced, recovered };
}

/** A new account code, since that of a lost sheet may be anybody's. */
async function forgottenPassword(
  { store, rootKey, vaults }: PasswordPlace,
  { signal }: Invocation,
): Promise<OldPassword> {
  const { surveyAsOwner } = await import('@holdfast/client/passwords');
  const survey = await surveyAsOwner(store, rootKey, { vaults, accountCode: null, signal });
  signal.throwIfAborted();
  const [newest] = evaluableRecords(survey, 1);
  if (newest === undefined && survey.vaults.every(({ status }) => status?.state !== 'frozen')) {
    throw commandError('password-missing', 'Cannot change the password: none is set', {
      nextStep: 'Set one: holdfast password set',
    });
  }
  const accountCode = new Secret(crypto.getRandomValues(new Uint8Array(ACCOUNT_CODE_BYTES)));
  const replaced =
    newest === undefined ? null : { recordHash: newest.record.hash, proofSeed: null };
  return { accountCode, replaced, recovered: null };
}

function isSameSet(recovered: TriedPassword | null, { vaults, t }: ChosenVaults): boolean {
  const body = recovered?.record.body;
  if (body === undefined || body.t !== t || body.vaults.length !== vaults.length) return false;
  return vaults.every(({ identity }) =>
    body.vaults.some((other) => equalBytes(other.identity, identity)),
  );
}

/** Both passwords can't be the same line. */
function assertOneFromStdin({ options }: Invocation): void {
  const files = [OLD_PASSWORD_FILE, PASSWORD_FILE].map(({ name }) => options.text(name));
  if (files.every((file) => file === '-')) {
    throw usageError('Cannot read both passwords from standard input: name a file for one');
  }
}
