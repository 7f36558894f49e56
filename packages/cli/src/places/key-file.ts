/** Reads the 64-digit key from a file or standard input, and writes it to a new file. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemState } from '@holdfast/client/system-state';
import { formatKey, type ParsedKey, parseKey } from '@holdfast/core/key-text';
import type { Secret } from '@holdfast/core/secret';
import type { Options } from '../arguments/options.ts';
import { commandError, usageError } from '../command-error.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { createPrivateFile } from './private-file.ts';

/** A key takes 160 bytes; more than this is another file. */
const LONGEST_KEY_CHARACTERS = 4096;

/** --key-file, else HOLDFAST_KEY_FILE, else null. */
export function keyFileName(options: Options, env: Terminal['env']): string | null {
  return options.text('key-file') ?? (env.HOLDFAST_KEY_FILE || null);
}

/**
 * @param name A path, or `-` for standard input.
 * @throws {HoldfastError} `key-typo` naming the rows at fault; `usage` when the file can't be read.
 */
export async function readKeyFile(name: string, terminal: Terminal): Promise<ParsedKey> {
  let text = '';
  try {
    if (name === '-') {
      for await (const part of terminal.stdin) {
        text += String(part);
        if (text.length > LONGEST_KEY_CHARACTERS) break;
      }
    } else {
      text = await readFile(name, 'utf8');
    }
  } catch (cause) {
    throw commandError('usage', `Cannot read the key file: ${systemState(cause)}`, {
      cause,
      nextStep: 'Check --key-file or HOLDFAST_KEY_FILE.',
    });
  }
  if (text.length > LONGEST_KEY_CHARACTERS) {
    throw usageError('Cannot read the key file: it is too long for a 64-digit key');
  }
  return parseKey(text);
}

/** @throws {HoldfastError} `usage` when something is there already, or the file can't be made. */
export async function writeNewFile(path: string, text: string): Promise<void> {
  try {
    await createPrivateFile(resolve(path), text);
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const state = isThere ? 'it is there already' : systemState(cause);
    throw commandError('usage', `Cannot write ${path}: ${state}`, {
      cause,
      nextStep: isThere
        ? 'Choose another name; nothing is ever overwritten.'
        : 'Choose another place.',
    });
  }
}

/** The rows, one to a line. */
export function keyFileText(rootKey: Secret): string {
  return `${formatKey(rootKey.bytes()).join('\n')}\n`;
}
