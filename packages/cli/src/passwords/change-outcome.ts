/** What came of changing a password, in words. */
import { equalBytes } from '@holdfast/core/bytes';
import { evaluableIn, type KnownRecord, type VaultReport } from '@holdfast/core/vault-protocol';
import { type ChosenVaults, isAt } from './choose-vaults.ts';
import type { OldPassword } from './old-password.ts';
import { type PutPassword, waitText } from './put-password.ts';

/** That the password will be at other vaults, or need more or fewer of them; nothing when neither. */
export function describeMove(present: KnownRecord | null, { vaults, t }: ChosenVaults): string[] {
  if (present === null) return [];
  const { body } = present;
  const from = `${body.t} of ${body.vaults.length}`;
  const to = `${t} of ${vaults.length}`;
  const urls = vaults.map(({ url }) => url).join(', ');
  if (!isAt(present, vaults)) return [`The vaults change, from ${from} to ${to}: ${urls}`];
  return body.t === t ? [] : [`The threshold changes, from ${from} to ${to}`];
}

export interface ChangeOutcome {
  /** It is in force, or will be by itself. */
  readonly isSet: boolean;
  readonly results: readonly string[];
}

export function changeOutcome(
  { set, reports }: PutPassword,
  { canCancel }: OldPassword,
): ChangeOutcome {
  const wait = waitText(set.vaults);
  if (wait !== null) {
    const meanwhile = canCancel
      ? 'until then the old one works, and can cancel it: holdfast password cancel'
      : "too many wrong guesses were made for the old one to be typed, so it can't cancel that";
    const results = [
      `The new password takes effect in ${wait}; ${meanwhile}`,
      'Every device of this backup tells of it meanwhile',
    ];
    return { isSet: true, results };
  }
  if (reports === null) {
    const state = 'The new password is set, but too few vaults have it yet';
    const next = 'the next run goes on, such as "holdfast password check" later';
    return { isSet: false, results: [`${state}: ${next}`] };
  }
  return { isSet: true, results: ['The new password is set', endedText(set.recordHash, reports)] };
}

function endedText(recordHash: Uint8Array, reports: readonly VaultReport[]): string {
  const kept = reports.filter(
    ({ status }) =>
      status !== null && evaluableIn(status).some(({ hash }) => !equalBytes(hash, recordHash)),
  );
  const names = kept.map(({ name }) => name).join(', ');
  return kept.length > 0
    ? `It brought the key back once; the old one works, too, at ${names}, until "holdfast password check" reaches all vaults`
    : 'It brought the key back once; the old one is ended';
}
