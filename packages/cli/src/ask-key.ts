/** Asks for the 64-digit key or an account code row by row, and names a wrong row as soon as it is typed. */
import { HoldfastError } from '@holdfast/core/errors';
import {
  ACCOUNT_CODE,
  type ParsedKey,
  parseKey,
  parseKeyRow,
  ROOT_KEY,
  type WrittenForm,
} from '@holdfast/core/key-text';
import type { Invocation } from './command.ts';
import { usageError } from './command-error.ts';
import { keyFileName, readKeyFile } from './places/key-file.ts';
import { Questions } from './terminal/questions.ts';
import { canAsk } from './terminal/terminal.ts';

const ROW_DIGITS = 8;

/**
 * From --key-file, else from the person at the terminal.
 *
 * @throws {HoldfastError} `usage` when there is neither; `key-typo` for a file with a typing error.
 */
export async function obtainKey(invocation: Invocation): Promise<ParsedKey> {
  const { options, terminal } = invocation;
  const keyFile = keyFileName(options, terminal.env);
  if (keyFile !== null) return readKeyFile(keyFile, terminal);
  if (canAsk(terminal)) return await askRows(invocation, ROOT_KEY, 'the 64-digit key');
  throw usageError(
    'Cannot ask for the key: there is no terminal',
    'Use --key-file FILE, or --key-file - to read it from standard input.',
  );
}

/** Of the recovery sheet, 16 bytes. */
export async function askAccountCode(invocation: Invocation): Promise<ParsedKey> {
  return await askRows(invocation, ACCOUNT_CODE, 'the account code of your recovery sheet');
}

async function askRows(
  { terminal, output, signal }: Invocation,
  form: WrittenForm,
  what: string,
): Promise<ParsedKey> {
  output.tell(`Type ${what}, a row at a time, or paste it whole. Ctrl-C stops.`);
  output.tell('');
  using questions = new Questions(terminal, signal);
  const rows: string[] = [];
  while (rows.length < form.rows) {
    const number = rows.length + 1;
    const typed = await questions.ask(`  Row ${number}  `);
    if (typed === '') continue;
    try {
      if (number === 1 && typed.length >= form.rows * ROW_DIGITS) return parseKey(typed, form);
      parseKeyRow(typed, number, form);
      rows.push(typed);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'key-typo') throw error;
      const state = error.message.replace(`Cannot read the ${form.name}: `, '');
      const indent = ' '.repeat(9);
      output.tell(
        `${indent}${state.charAt(0).toUpperCase()}${state.slice(1)}. Type it again.`,
        indent,
      );
    }
  }
  output.tell('');
  return parseKey(rows.join('\n'), form);
}
