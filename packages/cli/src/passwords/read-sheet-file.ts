/** Where the account code comes from: the recovery sheet as a file, or the person. */
import { readFile } from 'node:fs/promises';
import { systemState } from '@holdfast/client/system-state';
import { Secret } from '@holdfast/core/secret';
import { askAccountCode } from '../ask-key.ts';
import type { Invocation, Option } from '../command.ts';
import { commandError, usageError } from '../command-error.ts';
import type { Folders } from '../places/folders.ts';
import { recallPassword } from '../places/password-memory.ts';
import { canAsk } from '../terminal/terminal.ts';
import { type RecoverySheet, readRecoverySheet } from './recovery-sheet.ts';

const LONGEST_CHARACTERS = 65_536;

/** Of the commands that need one. */
export const READ_SHEET: Option = {
  name: 'sheet',
  value: 'FILE',
  summary: 'Take the account code from this recovery sheet',
};

/** @throws {HoldfastError} `usage` when it can't be read, or is none; `key-typo`. */
export async function readSheetFile(path: string): Promise<RecoverySheet> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw commandError('usage', `Cannot read the recovery sheet: ${systemState(cause)}`, {
      cause,
      nextStep: 'Check --sheet; without it, the account code is asked for.',
    });
  }
  if (text.length > LONGEST_CHARACTERS) {
    throw usageError('Cannot read the recovery sheet: it is too long');
  }
  return readRecoverySheet(text);
}

/** What a device that has the key needs of the recovery sheet. */
export interface SheetCode {
  /** 16 bytes. */
  readonly accountCode: Secret;
  /** How many vaults must take part. */
  readonly minimumT: number;
}

/**
 * From --sheet; else from the person, and from what this device remembers.
 *
 * @throws {HoldfastError} `usage` without a terminal.
 */
export async function obtainSheetCode(
  invocation: Invocation,
  { folders, backupId }: { readonly folders: Folders; readonly backupId: Uint8Array },
): Promise<SheetCode> {
  const { options, terminal } = invocation;
  const path = options.text(READ_SHEET.name);
  if (path !== undefined) {
    const sheet = await readSheetFile(path);
    assertOfBackup(sheet, backupId);
    return { accountCode: sheet.accountCode, minimumT: sheet.t };
  }
  if (canAsk(terminal)) {
    const { t } = await recallPassword(folders, backupId);
    return { accountCode: new Secret((await askAccountCode(invocation)).bytes), minimumT: t };
  }
  throw usageError(
    'Cannot ask for the account code: there is no terminal',
    'Name the file of the recovery sheet with --sheet FILE.',
  );
}

/** @throws {HoldfastError} `usage` when the sheet is of another backup. */
export function assertOfBackup(sheet: RecoverySheet, backupId: Uint8Array): void {
  if (sheet.backupId.toHex() === backupId.toHex()) return;
  throw usageError(
    'Cannot use the recovery sheet: it is of another backup than the store holds',
    'Compare "Backup" on it with what "holdfast status" shows, and check --store.',
  );
}
