/** The password that another one is to replace: typed, or forgotten. */
import { Secret } from '@holdfast/core/secret';
import {
  ACCOUNT_CODE_BYTES,
  evaluableIn,
  evaluableRecords,
  type KnownRecord,
  type ReplacedPassword,
  type Survey,
} from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import { commandError } from '../command-error.ts';
import { silenceText } from './failure-text.ts';
import { OLD_PASSWORD_FILE } from './obtain-password.ts';
import type { PasswordPlace } from './password-place.ts';
import { tryPassword, wipeAllButProof } from './try-password.ts';
import type { SheetInUse } from './use-sheet.ts';
import { waitForLate } from './wait-for-late.ts';

/** Wipes its secrets when it is disposed. */
export interface OldPassword extends Disposable {
  /** For the new password. */
  readonly accountCode: Secret;
  /** Null when too few vaults have it. */
  readonly record: KnownRecord | null;
  /** Its proof seed is null when it was not typed. */
  readonly replaced: ReplacedPassword | null;
  /** Whether it can still be typed, and so cancel a change. */
  readonly canCancel: boolean;
}

/** @throws {HoldfastError} as `tryPassword`. */
export async function typedPassword(
  invocation: Invocation,
  place: PasswordPlace,
  sheet: SheetInUse,
): Promise<OldPassword> {
  const accountCode = await sheet.accountCode();
  const tried = await tryPassword(
    invocation,
    { ...place, ...sheet, accountCode },
    { question: 'Old password (nothing is shown): ', fileOption: OLD_PASSWORD_FILE },
  );
  wipeAllButProof(tried);
  const { record, proofSeed, ended } = tried;
  await waitForLate(invocation, ended);
  invocation.signal.throwIfAborted();
  const replaced = { recordHash: record.hash, proofSeed };
  const wipe = { [Symbol.dispose]: () => proofSeed.wipe() };
  return { ...wipe, accountCode, record, replaced, canCancel: true };
}

/**
 * With a new account code, since that of a lost sheet may be anybody's.
 *
 * @throws {HoldfastError} `password-missing`; `vaults-unreachable` when vaults that are silent could have one.
 */
export async function forgottenPassword(
  { signal }: Invocation,
  { store, rootKey }: PasswordPlace,
  { vaults }: SheetInUse,
): Promise<OldPassword> {
  const { surveyAsOwner } = await import('@holdfast/client/passwords');
  const survey = await surveyAsOwner(store, rootKey, { vaults, accountCode: null, signal });
  signal.throwIfAborted();
  const isSet = survey.vaults.some(
    ({ status, failure }) => failure === null && status !== null && evaluableIn(status).length > 0,
  );
  if (!isSet) throw noneFound(survey);
  const accountCode = new Secret(crypto.getRandomValues(new Uint8Array(ACCOUNT_CODE_BYTES)));
  const made = { accountCode, [Symbol.dispose]: () => accountCode.wipe() };
  const [newest] = evaluableRecords(survey, 1);
  if (newest === undefined) return { ...made, record: null, replaced: null, canCancel: false };
  const { record } = newest;
  const taking = newest.vaults.filter(
    ({ status }) => status?.state === 'ready' || status?.state === 'delayed',
  );
  const replaced = { recordHash: record.hash, proofSeed: null };
  return { ...made, record, replaced, canCancel: taking.length >= record.body.t };
}

function noneFound({ vaults }: Survey): Error {
  const [silent] = vaults.filter(({ failure }) => failure !== null);
  if (silent === undefined) {
    return commandError('password-missing', 'Cannot change the password: none is set', {
      nextStep: 'Set one: holdfast password set',
    });
  }
  const { client, failure } = silent;
  const state = silenceText(client.link.name, failure);
  return commandError('vaults-unreachable', `Cannot tell whether a password is set. ${state}`, {
    cause: failure,
  });
}
