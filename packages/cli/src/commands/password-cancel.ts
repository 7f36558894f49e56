/** `holdfast password cancel`: ends a change or a removal of the password that is under way. */
import type { Survey } from '@holdfast/core/vault-protocol';
import { STORE } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { commandError } from '../command-error.ts';
import { silenceText } from '../passwords/failure-text.ts';
import { PASSWORD_FILE } from '../passwords/obtain-password.ts';
import { openPasswordPlace } from '../passwords/password-place.ts';
import { tryPassword, wipeAllButProof } from '../passwords/try-password.ts';
import { READ_SHEET, useSheet } from '../passwords/use-sheet.ts';
import { waitForLate } from '../passwords/wait-for-late.ts';

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
    using place = await openPasswordPlace(invocation);
    const { backupId, rootKey, store } = place;
    using sheet = await useSheet(invocation, place);
    const { cancelPasswordChanges, surveyAsOwner } = await import('@holdfast/client/passwords');
    const asOwner = { vaults: sheet.vaults, accountCode: null, signal };
    assertUnderWay(await surveyAsOwner(store, rootKey, asOwner), signal);
    const accountCode = await sheet.accountCode();
    const tried = await tryPassword(
      invocation,
      { ...place, ...sheet, accountCode },
      { question: 'Password that works now (nothing is shown): ', fileOption: PASSWORD_FILE },
    );
    using proofSeed = tried.proofSeed;
    wipeAllButProof(tried);
    await waitForLate(invocation, tried.ended);
    const cancelled = await cancelPasswordChanges(proofSeed, { ...asOwner, store, rootKey });
    for (const { name, failure, status } of cancelled) {
      if (failure !== null) {
        output.warn(
          `${silenceText(name, failure)}: what is under way there goes on. Run this again later`,
        );
      }
      if (status?.records.some(({ dueInMs }) => dueInMs > 0)) {
        output.warn(`The vault at ${name} keeps to it: this is not the password that it has live`);
      }
    }
    const isDone = cancelled.every(
      ({ status }) => status?.records.every(({ dueInMs }) => dueInMs === 0) ?? false,
    );
    output.report([
      isDone
        ? 'Cancelled: the password stays as it was, and so does its sheet; one that was made for the change is good for nothing'
        : 'Cancelled at some vaults only',
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

/** @throws {HoldfastError} `password-missing`; `vaults-unreachable` when vaults that are silent could know better. */
function assertUnderWay({ vaults }: Survey, signal: AbortSignal): void {
  signal.throwIfAborted();
  const records = vaults.flatMap(({ status }) => status?.records ?? []);
  if (records.some(({ dueInMs }) => dueInMs > 0)) return;
  const [first] = vaults.filter(({ status }) => status === null);
  if (first === undefined) {
    throw commandError('password-missing', 'Cannot cancel: no change or removal is under way');
  }
  const state = silenceText(first.client.link.name, first.failure);
  const message = `Cannot tell whether a change or removal is under way. ${state}`;
  throw commandError('vaults-unreachable', message, { cause: first.failure });
}
