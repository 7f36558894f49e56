/** `holdfast password cancel`: ends a change or a removal of the password that is under way. */
import { STORE } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { commandError } from '../command-error.ts';
import { PASSWORD_FILE } from '../passwords/obtain-password.ts';
import { openPasswordPlace } from '../passwords/password-place.ts';
import { obtainSheetCode, READ_SHEET } from '../passwords/read-sheet-file.ts';
import { failureText, tryPassword } from '../passwords/try-password.ts';

export const command: Command = {
  name: 'password cancel',
  summary: 'Stop a change or removal that waits',
  usage: '[--sheet FILE]',
  description: [
    'Ends a change or a removal of the password that is under way, such as one that you did not begin. Asks for the account code of the recovery sheet, and for the password that works now.',
    'Did somebody else begin it? Then they have the key of one of your devices, and with it the backup.',
  ],
  operands: { least: 0, most: 0 },
  options: [READ_SHEET, PASSWORD_FILE, STORE],
  examples: [{ line: 'holdfast password cancel', what: 'Within the 72 hours' }],

  async run(invocation) {
    const { output, signal } = invocation;
    const place = await openPasswordPlace(invocation);
    const { backupId, rootKey, vaults, store } = place;
    const { cancelPasswordChanges, surveyAsOwner } = await import('@holdfast/client/passwords');
    const asOwner = { vaults, accountCode: null, signal };
    const survey = await surveyAsOwner(store, rootKey, asOwner);
    signal.throwIfAborted();
    const records = survey.vaults.flatMap(({ status }) => status?.records ?? []);
    const silent = survey.vaults.filter(({ status }) => status === null);
    const [first] = silent;
    const isUnderWay = records.some(({ dueInMs }) => dueInMs > 0);
    if (!isUnderWay && first !== undefined) {
      const many = `${silent.length} of ${survey.vaults.length} vaults do not answer`;
      const message = `Cannot tell whether a change or removal is under way: ${many}`;
      throw commandError('vaults-unreachable', message, { cause: first.failure });
    }
    if (!isUnderWay) {
      throw commandError('password-missing', 'Cannot cancel: no change or removal is under way');
    }
    const sheet = await obtainSheetCode(invocation, place);
    const { proofSeed, ended } = await tryPassword(
      invocation,
      { ...place, ...sheet },
      { question: 'Password that works now (nothing is shown): ', fileOption: PASSWORD_FILE },
    );
    await ended;
    const cancelled = await cancelPasswordChanges(proofSeed, { ...asOwner, rootKey });
    proofSeed.wipe();
    rootKey.wipe();
    for (const { name, failure, status } of cancelled) {
      if (failure !== null) output.warn(`${failureText(name, failure)}: run this again`);
      else if (status?.records.some(({ dueInMs }) => dueInMs > 0)) {
        output.warn(`The vault at ${name} keeps to it: this is not the password that it has live`);
      }
    }
    const isDone = cancelled.every(
      ({ status }) => status?.records.every(({ dueInMs }) => dueInMs === 0) ?? false,
    );
    output.report([
      isDone ? 'Cancelled: the password stays as it was' : 'Cancelled at some vaults only',
    ]);
    output.summary({
      backupId: backupId.toHex(),
      vaults: cancelled.map(({ name, ended, failure }) => {
        return { url: name, ended, isReached: failure === null };
      }),
    });
    return isDone ? 0 : 1;
  },
};
