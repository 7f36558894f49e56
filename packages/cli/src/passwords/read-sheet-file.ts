/** Reads the recovery sheet from a file. */
import { readFile } from 'node:fs/promises';
import { systemState } from '@holdfast/client/system-state';
import { commandError, usageError } from '../command-error.ts';
import { type RecoverySheet, readRecoverySheet } from './recovery-sheet.ts';

const LONGEST_CHARACTERS = 65_536;

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

/** @throws {HoldfastError} `usage` when the sheet is of another backup. */
export function assertOfBackup(sheet: RecoverySheet, backupId: Uint8Array): void {
  if (sheet.backupId.toHex() === backupId.toHex()) return;
  throw usageError(
    'Cannot use the recovery sheet: it is of another backup than the store holds',
    'Compare "Backup" on it with what "holdfast status" shows, and check --store.',
  );
}
