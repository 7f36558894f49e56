/** Gives the recovery sheet to the person, before anything depends on it. */
import { resolve } from 'node:path';
import { ACCOUNT_CODE, formatKey } from '@holdfast/core/key-text';
import type { Invocation, Option } from '../command.ts';
import { usageError } from '../command-error.ts';
import { writeNewFile } from '../places/key-file.ts';
import { canAsk } from '../terminal/terminal.ts';
import { typeRowBack } from '../type-row-back.ts';
import { formatRecoverySheet, type RecoverySheet } from './recovery-sheet.ts';

export interface SheetFile {
  readonly path: string;
  readonly isHtml: boolean;
}

/**
 * @param option The one that names the file.
 * @returns Null when the sheet is to be shown at the terminal.
 * @throws {HoldfastError} `usage` for a name of neither form, or when there is no terminal either.
 */
export function newSheetFile(
  { options, terminal }: Invocation,
  { name }: Option,
): SheetFile | null {
  const path = options.text(name);
  if (path === undefined && canAsk(terminal)) return null;
  const ending = /\.(html?|txt)$/i.exec(path ?? '')?.[1]?.toLowerCase();
  if (path !== undefined && ending !== undefined) return { path, isHtml: ending !== 'txt' };
  const state =
    path === undefined ? 'without a terminal, it would be lost' : 'it is a page, .html or .txt';
  throw usageError(
    `Cannot make the recovery sheet: ${state}`,
    `Name a file for it: --${name} recovery-sheet.html`,
  );
}

/**
 * Writes it to the file; or shows it, and goes on when a row of it was typed back.
 *
 * @param option The one that names the file.
 */
export async function handOverSheet(
  invocation: Invocation,
  { name }: Option,
  sheet: RecoverySheet,
  file: SheetFile | null,
): Promise<void> {
  const { terminal, output } = invocation;
  const nowMs = terminal.now();
  if (file !== null) {
    await writeNewFile(resolve(file.path), formatRecoverySheet(sheet, nowMs, file.isHtml));
    return;
  }
  output.tell('');
  output.tell(
    `This is your recovery sheet. Write it down; or stop with Ctrl-C, and have it written to a file with --${name}:`,
  );
  output.tell('');
  for (const line of formatRecoverySheet(sheet, nowMs, false).split('\n')) output.tell(line);
  await typeRowBack(formatKey(sheet.accountCode.bytes(), ACCOUNT_CODE), ACCOUNT_CODE, invocation);
}
