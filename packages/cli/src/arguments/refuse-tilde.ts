/**
 * Refuses a path whose `~` the shell did not replace, as in `--store=~/backup` or within quotes: it
 * would name a folder called `~` where the command runs.
 */
import { usageError } from '../command-error.ts';

/**
 * @param path A path or store URL as it was given.
 * @param where What it was given to: `--store`, `HOLDFAST_STORE`.
 * @throws {HoldfastError} `usage`.
 */
export function refuseTilde(path: string, where: string): void {
  if (!/^(file:)?~(\/|$)/i.test(path)) return;
  throw usageError(
    `Cannot take ${path} for ${where}: the shell left ~ as it is`,
    `Write $HOME in place of ~, or ${where.startsWith('-') ? `${where} ~/… with a space and no quotes` : 'the whole path'}.`,
  );
}
