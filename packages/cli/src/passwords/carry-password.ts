/** The password that goes on working when the root key is changed (spec/vault-protocol.md §12.4). */
import type { CarriedPassword } from '@holdfast/client';
import { equalBytes } from '@holdfast/core/bytes';
import { evaluableRecords, type LedgerStatus, type Witness } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import { commandError } from '../command-error.ts';
import { findFolders } from '../places/folders.ts';
import type { ConfirmedBackup } from '../witnesses/open-confirmed.ts';
import { silenceText } from './failure-text.ts';
import { PASSWORD_FILE } from './obtain-password.ts';
import { tryPassword } from './try-password.ts';
import { useSheet } from './use-sheet.ts';
import { waitForLate } from './wait-for-late.ts';

/** Wipes its secrets when it is disposed. */
export interface PasswordToCarry extends Disposable {
  /** Null when no vault has a password. */
  readonly carried: CarriedPassword | null;
  /**
   * For right before the change.
   *
   * @throws {HoldfastError} `contention` when another password is the newest, or the vaults show none.
   */
  assertNewest(): Promise<void>;
}

/**
 * Has the person type the password, where a vault has one.
 *
 * @throws {HoldfastError} `vaults-unreachable` when a vault does not tell; as `tryPassword`.
 */
export async function passwordToCarry(
  invocation: Invocation,
  opened: ConfirmedBackup,
): Promise<PasswordToCarry> {
  const { output, signal } = invocation;
  const { backup, store, storeUrl, rootKey, vaults: trusted } = opened;
  if (!(await hasPassword(invocation, opened))) {
    const assertNewest = async () => assertStill(null, 1, opened, signal);
    return { carried: null, assertNewest, [Symbol.dispose]: () => undefined };
  }
  const folders = findFolders(invocation.terminal.env);
  const place = { folders, storeUrl, store, rootKey, backupId: backup.id, trusted };
  using sheet = await useSheet(invocation, { ...place, [Symbol.dispose]: () => undefined });
  output.aside('The password goes on working with the new key: type it once');
  const tried = await tryPassword(
    invocation,
    { ...place, ...sheet, accountCode: await sheet.accountCode() },
    { question: 'Password (nothing is shown): ', fileOption: PASSWORD_FILE },
  );
  const { owner, record, secret, proofSeed } = tried;
  const carried = { recordHash: record.hash, secret, proofSeed };
  const dispose = (): void => {
    for (const unused of [secret, proofSeed]) unused.wipe();
  };
  try {
    const isPresent = owner.rootKey.equals(rootKey);
    for (const unused of [owner.rootKey, owner.ownerSeed]) unused.wipe();
    const reports = await waitForLate(invocation, tried.ended);
    signal.throwIfAborted();
    if (!isPresent) throw leadsElsewhere();
    tellWhatEnds(reports, invocation);
    const known = { ...opened, vaults: sheet.vaults };
    const assertNewest = async () => assertStill(record.hash, record.body.t, known, signal);
    return { carried, assertNewest, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** What vaults signed when the backup was opened counts; that one knows nothing of it, it does not sign. */
async function hasPassword(
  { signal }: Invocation,
  { backup, store, witnesses }: ConfirmedBackup,
): Promise<boolean> {
  const isCommitted = ({ state }: { readonly state: string }): boolean =>
    ['live', 'old', 'pending'].includes(state);
  if (witnesses.some(({ status }) => status?.records.some(isCommitted))) return true;
  const { namedVaults } = await import('@holdfast/client/passwords');
  const named = await namedVaults(store, backup.id, { signal });
  const mayHave = ({ client, status }: Witness): boolean =>
    status === null && named.some((identity) => equalBytes(identity, client.link.identity));
  const silent = witnesses.find(mayHave);
  if (silent === undefined) return false;
  const { name } = silent.client.link;
  const state = `the vault at ${name} does not tell whether it has a password`;
  throw commandError('vaults-unreachable', `Cannot change the key: ${state}`, {
    cause: silent.failure,
    nextStep: `${silenceText(name, silent.failure)}. Try again when it does. Is it gone for good? holdfast vault forget ${name}`,
  });
}

async function assertStill(
  hash: Uint8Array | null,
  t: number,
  { store, rootKey, vaults }: ConfirmedBackup,
  signal: AbortSignal,
): Promise<void> {
  if (vaults.length === 0) return;
  const { surveyAsOwner } = await import('@holdfast/client/passwords');
  const survey = await surveyAsOwner(store, rootKey, { vaults, accountCode: null, signal });
  signal.throwIfAborted();
  const newest = evaluableRecords(survey, t)[0]?.record.hash ?? null;
  const isSame = newest === null || hash === null ? newest === hash : equalBytes(newest, hash);
  if (isSame) return;
  const state = 'the vaults do not show the same password as before any more';
  throw commandError('contention', `Cannot change the key: ${state}`, {
    nextStep: 'Cross out the new 64 digits, and run the same command again.',
  });
}

/** What a change of the key ends at a vault, which the person may have begun, or somebody else. */
function tellWhatEnds(
  vaults: readonly { readonly status: LedgerStatus | null }[],
  { output }: Invocation,
): void {
  const records = vaults.flatMap(({ status }) => status?.records ?? []);
  if (records.some(({ state }) => state === 'pending')) {
    output.warn('Another password was to take effect: the change of the key ends that');
  }
  if (records.some(({ state, dueInMs }) => state !== 'pending' && dueInMs > 0)) {
    output.warn('The password was to be removed: the change of the key ends that');
  }
}

/** Of a password that an earlier change of the key left behind. */
function leadsElsewhere(): Error {
  const state = 'the password brings back a key from before the present one';
  return commandError('usage', `Cannot change the key: ${state}`, {
    nextStep: 'Remove it first, with "holdfast password remove".',
  });
}
