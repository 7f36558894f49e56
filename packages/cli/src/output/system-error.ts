/** Errors of the operating system that no part of the program expected. */
import { systemState } from '@holdfast/client/system-state';

/** What happened, in a sentence, for an error that no part of the program expected. */
export function systemMessage(error: unknown): string {
  const { path } = error as NodeJS.ErrnoException;
  return `Cannot ${path === undefined ? 'go on' : `use ${path}`}: ${systemState(error)}`;
}

export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
