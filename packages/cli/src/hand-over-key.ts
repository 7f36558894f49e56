/** Sees to it that the person has a new root key before anything depends on it. */
import { formatKey, ROOT_KEY } from '@holdfast/core/key-text';
import type { Secret } from '@holdfast/core/secret';
import type { Invocation } from './command.ts';
import { usageError } from './command-error.ts';
import { keyFileText, writeNewFile } from './places/key-file.ts';
import { canAsk } from './terminal/terminal.ts';
import { typeRowBack } from './type-row-back.ts';

export interface HandOver {
  /** Shown above and below the key. */
  readonly introduction: string;
  readonly warning: string;
  /** The new file that the key goes to instead, if it is not shown. */
  readonly keyOut: string | undefined;
}

/** @throws {HoldfastError} `usage` when there is nobody to show the key to, and no file named. */
export function assertCanHandOver(
  { terminal }: Invocation,
  keyOut: string | undefined,
  action: string,
): void {
  if (keyOut !== undefined || canAsk(terminal)) return;
  throw usageError(
    `Cannot ${action}: without a terminal the key would be lost`,
    'Say with --key-out FILE where the key goes.',
  );
}

/**
 * Shows the key, and goes on when one row of it was typed back; or writes it to a file.
 *
 * @throws {HoldfastError} `cancelled`, or `usage` when the file can't be made.
 */
export async function handOverKey(
  rootKey: Secret,
  invocation: Invocation,
  { introduction, warning, keyOut }: HandOver,
): Promise<void> {
  if (keyOut !== undefined) return await writeNewFile(keyOut, keyFileText(rootKey));
  const { output } = invocation;
  const rows = formatKey(rootKey.bytes());
  output.tell('');
  output.tell(`${introduction} Write it down, letters included:`);
  output.tell('');
  for (const text of rows) output.tell(`    ${output.errorStyle('bold', text)}`);
  output.tell('');
  output.tell(warning);
  output.tell('');
  await typeRowBack(rows, ROOT_KEY, invocation);
}
