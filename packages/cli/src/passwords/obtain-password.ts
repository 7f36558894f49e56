/** Gets a password: from a file, or hidden from the person at the terminal. Never from arguments. */
import type { Invocation, Option } from '../command.ts';
import { usageError } from '../command-error.ts';
import { askHidden } from '../terminal/hidden-line.ts';
import { readSecretText } from '../terminal/read-secret-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { canAsk } from '../terminal/terminal.ts';

export const PASSWORD_FILE: Option = {
  name: 'password-file',
  value: 'FILE',
  summary: 'Read the password from FILE (- is standard input)',
};

/** Of the commands that replace a password. */
export const OLD_PASSWORD_FILE: Option = {
  name: 'old-password-file',
  value: 'FILE',
  summary: 'Read the old password from FILE (- is standard input)',
};

/**
 * @param option The one that names a file.
 * @throws {HoldfastError} `usage` when there is neither file nor terminal.
 */
export async function obtainPassword(
  { options, terminal, signal }: Invocation,
  { name }: Option,
  question: string,
): Promise<string> {
  const file = options.text(name);
  if (file !== undefined) return await readPasswordFile(file, terminal);
  assertCanAsk(terminal, name);
  return await askHidden(terminal, signal, question);
}

/** The same, typed twice: until both are the same, and `judge` takes it. */
export async function obtainNewPassword(
  invocation: Invocation,
  judge: (password: string) => Promise<void>,
): Promise<string> {
  const { options, terminal, output, signal } = invocation;
  const file = options.text(PASSWORD_FILE.name);
  if (file !== undefined) {
    const password = await readPasswordFile(file, terminal);
    await judge(password);
    return password;
  }
  assertCanAsk(terminal, PASSWORD_FILE.name);
  while (true) {
    const password = await askHidden(terminal, signal, 'New password (nothing is shown): ');
    try {
      await judge(password);
    } catch (error) {
      if (!(error instanceof Error && 'nextStep' in error)) throw error;
      output.tell(
        `${error.message.replace('Cannot take the password: ', 'No: ')}. ${error.nextStep}`,
      );
      continue;
    }
    if (password === (await askHidden(terminal, signal, 'Once more: '))) return password;
    output.tell('These two differ.');
  }
}

function assertCanAsk(terminal: Terminal, name: string): void {
  if (canAsk(terminal)) return;
  throw usageError(
    'Cannot ask for the password: there is no terminal',
    `Use --${name} FILE, or --${name} - to read it from standard input.`,
  );
}

/** The first line; what ends it is no part. */
async function readPasswordFile(name: string, { stdin }: Terminal): Promise<string> {
  const text = await readSecretText({ name, what: 'password file' }, stdin);
  const [line = '', ...more] = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (more.length > 0) {
    throw usageError('Cannot read the password file: it holds more than one line');
  }
  if (line === '') throw usageError('Cannot read the password file: it is empty');
  return line;
}
