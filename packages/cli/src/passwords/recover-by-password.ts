/**
 * Brings the root key to a new device by password: everything else from the recovery sheet, as a file or
 * asked for one by one (spec/vault-protocol.md §12.2).
 */
import type { Store } from '@holdfast/client';
import { systemState } from '@holdfast/client/system-state';
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import { askAccountCode } from '../ask-key.ts';
import type { Invocation } from '../command.ts';
import { commandError, usageError } from '../command-error.ts';
import type { Folders } from '../places/folders.ts';
import { readTrustedVaults, trustVaults } from '../places/trusted-vaults.ts';
import { askYesNo } from '../terminal/ask-yes-no.ts';
import { hexGroups } from '../terminal/hex-groups.ts';
import { Questions } from '../terminal/questions.ts';
import { canAsk } from '../terminal/terminal.ts';
import { meetVault } from '../vaults/meet-vault.ts';
import { PASSWORD_FILE } from './obtain-password.ts';
import { assertOfBackup, readSheetFile } from './read-sheet-file.ts';
import { type TriedPassword, tryPassword } from './try-password.ts';
import { READ_SHEET } from './use-sheet.ts';
import { vaultsOfSheet } from './vaults-of-sheet.ts';
import { waitForLate } from './wait-for-late.ts';

export interface RecoverPlace {
  readonly folders: Folders;
  readonly store: Store;
  /**
   * As the store says it: believed only once the person, or their sheet, has said the same. Null where the store
   * tells only who has the account code.
   */
  readonly backupId: Uint8Array | null;
}

/** What the person has of their sheet. */
interface KnownSheet {
  readonly backupId: Uint8Array;
  readonly accountCode: Secret;
  readonly vaults: readonly TrustedVault[];
  readonly t: number;
}

export interface RecoveredByPassword {
  /** The caller wipes it. */
  readonly rootKey: Secret;
  /** Those of the sheet that answer. */
  readonly vaults: readonly TrustedVault[];
  /** Once the late have been waited for. Never rejects. */
  readonly ended: TriedPassword['ended'];
  /** Trusts the vaults of the sheet, and waits for those that are late: for when the key is kept. */
  finish(): Promise<void>;
}

/** @throws {HoldfastError} `usage` when something of the sheet is missing; as `tryPassword`. */
export async function recoverByPassword(
  invocation: Invocation,
  place: RecoverPlace,
): Promise<RecoveredByPassword> {
  const { folders, store } = place;
  const path = invocation.options.text(READ_SHEET.name);
  const known =
    path === undefined
      ? await askForSheet(invocation, place)
      : await readSheet(invocation, place, path);
  const { accountCode, backupId, vaults, t } = known;
  try {
    const { owner, secret, proofSeed, ended } = await tryPassword(
      invocation,
      { folders, store, backupId, vaults, accountCode, minimumT: t },
      {
        question: 'Password (nothing is shown): ',
        fileOption: PASSWORD_FILE,
        isOlder: invocation.options.has('older'),
      },
    );
    for (const unused of [secret, proofSeed, owner.ownerSeed]) unused.wipe();
    const finish = async (): Promise<void> => {
      await trust(invocation, folders, vaults);
      await waitForLate(invocation, ended);
    };
    return { rootKey: owner.rootKey, vaults, ended, finish };
  } finally {
    accountCode.wipe();
  }
}

/** The key is kept already, and so is worth more than the list. */
async function trust(
  { output }: Invocation,
  folders: Folders,
  vaults: readonly TrustedVault[],
): Promise<void> {
  try {
    await trustVaults(folders, vaults);
  } catch (cause) {
    const state = cause instanceof HoldfastError ? cause.message : systemState(cause);
    output.warn(
      `This device does not trust the vaults of the sheet yet, though the key is kept: ${state}. "holdfast vault trust URL" adds one`,
    );
  }
}

async function readSheet(
  invocation: Invocation,
  { folders, store, backupId }: RecoverPlace,
  path: string,
): Promise<KnownSheet> {
  const sheet = await readSheetFile(path);
  try {
    if (backupId === null) await showCode(store, sheet.accountCode);
    else assertOfBackup(sheet, backupId);
    const trusted = await readTrustedVaults(folders);
    const place = { store, backupId: sheet.backupId, trusted };
    return { ...sheet, vaults: await vaultsOfSheet(invocation, sheet, place) };
  } catch (error) {
    sheet.accountCode.wipe();
    throw error;
  }
}

async function showCode({ account }: Store, accountCode: Secret): Promise<void> {
  await account?.actAs({ kind: 'recovery', accountCode });
}

/** What the sheet says, typed or compared at the terminal. */
async function askForSheet(
  invocation: Invocation,
  { folders, store, backupId }: RecoverPlace,
): Promise<KnownSheet> {
  if (!canAsk(invocation.terminal)) {
    throw usageError(
      'Cannot ask for the recovery sheet: there is no terminal',
      'Name its file with --sheet FILE, and that of the password with --password-file FILE.',
    );
  }
  const accountCode = new Secret((await askAccountCode(invocation)).bytes);
  try {
    const thereId = backupId ?? (await readThereId(invocation, store, accountCode));
    await compareBackup(invocation, thereId);
    const t = await askThreshold(invocation);
    const vaults = await askVaults(invocation, folders, t);
    return { accountCode, backupId: thereId, t, vaults };
  } catch (error) {
    accountCode.wipe();
    throw error;
  }
}

/** @throws {HoldfastError} `not-authorised`, `backup-missing`. */
async function readThereId(
  { signal }: Invocation,
  store: Store,
  accountCode: Secret,
): Promise<Uint8Array> {
  const { readRecordedBackupId } = await import('@holdfast/client');
  await showCode(store, accountCode);
  const backupId = await readRecordedBackupId(store, { signal });
  if (backupId !== null) return backupId;
  throw new HoldfastError('backup-missing', 'Cannot recover: there is no backup here');
}

/** @throws {HoldfastError} `cancelled` when it is another one. */
async function compareBackup(invocation: Invocation, backupId: Uint8Array): Promise<void> {
  const { output } = invocation;
  output.tell('The store holds this backup:');
  for (const line of hexGroups(backupId.toHex())) output.tell(`    ${line}`);
  if (await askYesNo(invocation, 'Is it the "Backup" on your recovery sheet?')) return;
  throw commandError('cancelled', 'Stopped: the store holds another backup than the sheet is of', {
    nextStep: 'A store that shows another backup could learn your password: check --store.',
  });
}

/** As it stands there, "2 of 3", or its first number. */
async function askThreshold({ terminal, output, signal }: Invocation): Promise<number> {
  using questions = new Questions(terminal, signal);
  while (true) {
    const typed = await questions.ask('Threshold, as on the sheet: ');
    const [, t = '0', n = '9'] = /^([1-9])(?: *of *([1-9]))?$/i.exec(typed) ?? [];
    if (Number(t) >= 1 && Number(t) <= Number(n)) return Number(t);
    output.tell('That is no threshold, such as "2 of 3".');
  }
}

/** Those that this device trusts already, and all that are typed. */
async function askVaults(
  invocation: Invocation,
  folders: Folders,
  t: number,
): Promise<readonly TrustedVault[]> {
  const { terminal, output, signal } = invocation;
  let vaults = await readTrustedVaults(folders);
  for (const { url } of vaults) output.tell(`This device trusts the vault at ${url}.`);
  while (true) {
    let typed: string;
    {
      using questions = new Questions(terminal, signal);
      typed = await questions.ask(
        'Address of a vault on the sheet, or nothing when that was all: ',
      );
    }
    if (typed === '' && vaults.length >= t) return vaults;
    if (typed === '') {
      output.tell(`${t} of the vaults ${t === 1 ? 'is' : 'are'} needed.`);
      continue;
    }
    try {
      const met = await meetVault(invocation, typed, vaults, {
        fingerprint: null,
        isUnseen: false,
        source: 'the one on your recovery sheet',
      });
      // One vault at two addresses is one.
      vaults = [...vaults.filter(({ identity }) => !equalBytes(identity, met.identity)), met];
    } catch (error) {
      if (!(error instanceof HoldfastError) || signal.aborted) throw error;
      output.tell(`${error.message}.`);
    }
  }
}
