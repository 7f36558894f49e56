/** Asks for the 64-digit key row by row, and names a wrong row as soon as it is typed. */
import { HoldfastError } from '@holdfast/core/errors';
import { type ParsedKey, parseKey, parseKeyRow } from '@holdfast/core/key-text';
import type { Invocation } from './command.ts';
import { usageError } from './command-error.ts';
import { keyFileName, readKeyFile } from './places/key-file.ts';
import { Questions } from './terminal/questions.ts';
import { canAsk } from './terminal/terminal.ts';

const ROWS = 8;
const KEY_DIGITS = 64;

/**
 * From --key-file, else from the person at the terminal.
 *
 * @throws {HoldfastError} `usage` when there is neither; `key-typo` for a file with a typing error.
 */
export async function obtainKey(invocation: Invocation): Promise<ParsedKey> {
  const { options, terminal } = invocation;
  const keyFile = keyFileName(options, terminal.env);
  if (keyFile !== null) return readKeyFile(keyFile, terminal);
  if (canAsk(terminal)) return askKey(invocation);
  throw usageError(
    'Cannot ask for the key: there is no terminal',
    'Use --key-file FILE, or --key-file - to read it from standard input.',
  );
}

async function askKey({ terminal, output, signal }: Invocation): Promise<ParsedKey> {
  output.tell('Type the 64-digit key, a row at a time, or paste it whole. Ctrl-C stops.');
  output.tell('');
  using questions = new Questions(terminal, signal);
  const rows: string[] = [];
  while (rows.length < ROWS) {
    const number = rows.length + 1;
    const typed = await questions.ask(`  Row ${number}  `);
    if (typed === '') continue;
    try {
      if (number === 1 && typed.length >= KEY_DIGITS) return parseKey(typed);
      parseKeyRow(typed, number);
      rows.push(typed);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'key-typo') throw error;
      const state = error.message.replace('Cannot read the key: ', '');
      const indent = ' '.repeat(9);
      output.tell(
        `${indent}${state.charAt(0).toUpperCase()}${state.slice(1)}. Type it again.`,
        indent,
      );
    }
  }
  output.tell('');
  return parseKey(rows.join('\n'));
}
