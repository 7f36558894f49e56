/** The password that goes on working when the root key is changed (spec/vault-protocol.md §12.4). */
import type { CarriedPassword } from '@holdfast/client';
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { evaluableRecords, type LedgerStatus, type Witness } from '@holdfast/core/vault-protocol';
import type { Invocation, Option } from '../command.ts';
import { commandError } from '../command-error.ts';
import { findFolders } from '../places/folders.ts';
import { confirmNewest } from '../witnesses/confirm-newest.ts';
import { CONFIRMING, type ConfirmedBackup } from '../witnesses/open-confirmed.ts';
import { silenceText } from './failure-text.ts';
import { PASSWORD_FILE } from './obtain-password.ts';
import { tryPassword } from './try-password.ts';
import { knownVaults, READ_SHEET, useSheet } from './use-sheet.ts';
import { waitForLate } from './wait-for-late.ts';

export const LEAVE_PASSWORD: Option = {
  name: 'leave-password',
  summary: 'Leave behind a password that vaults may have: it brings back the key of before',
};

/** Wipes its secrets when it is disposed. */
export interface PasswordToCarry extends Disposable {
  /** Null when no vault has a password, or it is left behind. */
  readonly carried: CarriedPassword | null;
  /** Those that this device trusts, and those of the recovery sheet. */
  readonly vaults: readonly TrustedVault[];
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
 * @throws {HoldfastError} `vaults-unreachable` when nobody tells whether there is one; `stale` when a vault of
 *   the sheet holds another state; as `tryPassword`.
 */
export async function passwordToCarry(
  invocation: Invocation,
  opened: ConfirmedBackup,
): Promise<PasswordToCarry> {
  const { options, signal } = invocation;
  const none = { carried: null, vaults: opened.vaults, [Symbol.dispose]: () => undefined };
  if (options.has(LEAVE_PASSWORD.name)) return { ...none, assertNewest: async () => undefined };
  if (options.has(READ_SHEET.name) || (await hasPassword(invocation, opened))) {
    return await typedPassword(invocation, opened);
  }
  return { ...none, assertNewest: async () => assertStill(null, 1, opened, signal) };
}

async function typedPassword(
  invocation: Invocation,
  opened: ConfirmedBackup,
): Promise<PasswordToCarry> {
  const { output, signal, terminal } = invocation;
  const { backup, store, storeUrl, rootKey, vaults: trusted } = opened;
  const folders = findFolders(terminal.env);
  const place = { folders, storeUrl, store, rootKey, backupId: backup.id, trusted };
  using sheet = await useSheet(invocation, { ...place, [Symbol.dispose]: () => undefined });
  const vaults = knownVaults(sheet, place);
  await confirmNewest(backup, invocation, {
    vaults: vaults.filter((vault) => !trusted.some((other) => isSame(other, vault))),
    ...CONFIRMING,
  });
  output.aside('The password goes on working with the new key: type it once');
  const tried = await tryPassword(
    invocation,
    { ...place, ...sheet, accountCode: await sheet.accountCode() },
    { question: 'Password (nothing is shown): ', fileOption: PASSWORD_FILE },
  );
  const { owner, record, secret, proofSeed } = tried;
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
    const { t } = record.body;
    return {
      carried: { recordHash: record.hash, secret, proofSeed },
      vaults,
      assertNewest: async () => assertStill(record.hash, t, { ...opened, vaults }, signal),
      [Symbol.dispose]: dispose,
    };
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
  const named = [
    ...(await namedVaults(store, backup.id, { signal })),
    // A store can hide records, but not what its newest head says.
    ...backup.state.headState.vaultLogs.map(({ identity }) => identity),
  ];
  const silent = witnesses.find(
    ({ client, status }) => status === null && isIn(named, client.link.identity),
  );
  if (silent !== undefined) throw untold(silent);
  const asked = witnesses.map(({ client }) => client.link.identity);
  if (named.every((identity) => isIn(asked, identity))) return false;
  const state = 'vaults that this device does not trust may have a password of this backup';
  throw commandError('vaults-unreachable', `Cannot change the key: ${state}`, {
    nextStep: `Name the recovery sheet with --sheet FILE. ${LEAVE_BEHIND}`,
  });
}

const LEAVE_BEHIND = 'Is there no password any more? Add --leave-password.';

function untold({ client, failure }: Witness): Error {
  const { name } = client.link;
  const state = `the vault at ${name} does not tell whether it has a password`;
  return commandError('vaults-unreachable', `Cannot change the key: ${state}`, {
    cause: failure,
    nextStep: `${silenceText(name, failure)}. Try again when it does. ${LEAVE_BEHIND}`,
  });
}

function isSame(a: TrustedVault, b: TrustedVault): boolean {
  return equalBytes(a.identity, b.identity);
}

function isIn(identities: readonly Uint8Array[], identity: Uint8Array): boolean {
  return identities.some((other) => equalBytes(other, identity));
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
