/** What a device that has the key needs of the recovery sheet: from --sheet; else from what it knows, and the person. */
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { Secret } from '@holdfast/core/secret';
import { askAccountCode } from '../ask-key.ts';
import type { Invocation, Option } from '../command.ts';
import { usageError } from '../command-error.ts';
import { recallPassword } from '../places/password-memory.ts';
import { canAsk } from '../terminal/terminal.ts';
import { assertTrusts, type PasswordPlace } from './password-place.ts';
import { assertOfBackup, readSheetFile } from './read-sheet-file.ts';
import { vaultsOfSheet } from './vaults-of-sheet.ts';

/** Wipes the account code when it is disposed. */
export interface SheetInUse extends Disposable {
  /** Those of the sheet; without one as a file, those that this device trusts. */
  readonly vaults: readonly TrustedVault[];
  /** How many of them must take part. */
  readonly minimumT: number;
  /**
   * 16 bytes; without a sheet as a file, the person is asked once.
   *
   * @throws {HoldfastError} `usage` without sheet and terminal.
   */
  accountCode(): Promise<Secret>;
}

/** Of the commands that take one. */
export const READ_SHEET: Option = {
  name: 'sheet',
  value: 'FILE',
  summary: 'Take account code and vaults from this recovery sheet',
};

/** @throws {HoldfastError} `usage` for a sheet of another backup, or with neither sheet nor trusted vault. */
export async function useSheet(invocation: Invocation, place: PasswordPlace): Promise<SheetInUse> {
  const path = invocation.options.text(READ_SHEET.name);
  const { folders, backupId, store, trusted } = place;
  if (path === undefined) {
    assertTrusts(trusted);
    const { t } = await recallPassword(folders, backupId);
    let typed: Secret | null = null;
    return {
      ...{ vaults: trusted, minimumT: t },
      accountCode: async () => {
        typed ??= await askAtTerminal(invocation);
        return typed;
      },
      [Symbol.dispose]: () => typed?.wipe(),
    };
  }
  const sheet = await readSheetFile(path);
  const { accountCode } = sheet;
  try {
    assertOfBackup(sheet, backupId);
    const vaults = await vaultsOfSheet(invocation, sheet, { store, backupId, trusted });
    return {
      ...{ vaults, minimumT: sheet.t },
      accountCode: async () => accountCode,
      [Symbol.dispose]: () => accountCode.wipe(),
    };
  } catch (error) {
    accountCode.wipe();
    throw error;
  }
}

async function askAtTerminal(invocation: Invocation): Promise<Secret> {
  if (canAsk(invocation.terminal)) return new Secret((await askAccountCode(invocation)).bytes);
  throw usageError(
    'Cannot ask for the account code: there is no terminal',
    'Name the file of the recovery sheet with --sheet FILE.',
  );
}

/** Those of the sheet, and all others that this device trusts. */
export function knownVaults(
  { vaults }: Pick<SheetInUse, 'vaults'>,
  { trusted }: Pick<PasswordPlace, 'trusted'>,
): readonly TrustedVault[] {
  const isOnSheet = ({ identity }: TrustedVault): boolean =>
    vaults.some((other) => equalBytes(other.identity, identity));
  return [...vaults, ...trusted.filter((vault) => !isOnSheet(vault))];
}
