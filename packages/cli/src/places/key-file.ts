/** Reads the 64-digit key from a file or standard input, and writes it to a new file. */
import { resolve } from 'node:path';
import { systemState } from '@holdfast/client/system-state';
import { formatKey, type ParsedKey, parseKey } from '@holdfast/core/key-text';
import type { Secret } from '@holdfast/core/secret';
import type { Options } from '../arguments/options.ts';
import { commandError } from '../command-error.ts';
import { readSecretText } from '../terminal/read-secret-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { createPrivateFile } from './private-file.ts';

/** --key-file, else HOLDFAST_KEY_FILE, else null. */
export function keyFileName(options: Options, env: Terminal['env']): string | null {
  return options.text('key-file') ?? (env.HOLDFAST_KEY_FILE || null);
}

/**
 * @param name A path, or `-` for standard input.
 * @throws {HoldfastError} `key-typo` naming the rows at fault; `usage` when the file can't be read.
 */
export async function readKeyFile(name: string, terminal: Terminal): Promise<ParsedKey> {
  const nextStep = 'Check --key-file or HOLDFAST_KEY_FILE.';
  return parseKey(await readSecretText({ name, what: 'key file', nextStep }, terminal.stdin));
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
