/**
 * What went wrong in the file system, in the codes of every store (spec/store-contract.md §6).
 */

import { type ErrorCode, HoldfastError } from '@holdfast/core/errors';

/** A code, and the state to tell after `Cannot <action>: `. */
export interface FileErrorMeaning {
  readonly code: ErrorCode;
  readonly state: string;
  /** In place of what was being done to one object, where no other would fare better. */
  readonly action?: string;
}

const WRITE = 'write to the store';

const FULL: FileErrorMeaning = { code: 'store-full', state: 'its disk is full', action: WRITE };
const DENIED: FileErrorMeaning = { code: 'store-denied', state: 'the system does not permit it' };
const SHAPE: FileErrorMeaning = {
  code: 'store-invalid',
  state: 'something that is not a folder stands where a folder of the store belongs',
};

const MEANINGS: Readonly<Record<string, FileErrorMeaning>> = {
  ENOSPC: FULL,
  EDQUOT: { code: 'store-full', state: 'its disk quota is used up', action: WRITE },
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: { code: 'store-denied', state: 'its disk is read-only', action: WRITE },
  ENOTDIR: SHAPE,
  ELOOP: SHAPE,
  ENAMETOOLONG: { code: 'store-invalid', state: 'the path of the store is too long' },
};

/** The `code` of a system error, such as `ENOENT`; undefined for every other error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'errno' in error && 'code' in error
    ? String(error.code)
    : undefined;
}

/** Whether a path leads to nothing: no such entry, or a file where one of its folders would be. */
export function isNothingThere(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
}

/** What the caller knows beyond the system's error. */
export interface FileErrorContext {
  readonly objectName?: string;
  /** What a missing file or folder (ENOENT) means here. */
  readonly ifMissing?: FileErrorMeaning;
}

/**
 * @param action What was being done, as in `Cannot <action>: …`.
 * @returns a system error as a HoldfastError with the original as its cause; anything else (a
 *   HoldfastError, a programmer's mistake) unchanged.
 */
export function asFileError(
  error: unknown,
  action: string,
  { objectName, ifMissing }: FileErrorContext = {},
): unknown {
  const systemError = systemCode(error);
  if (systemError === undefined) {
    return error;
  }
  const meaning = (systemError === 'ENOENT' ? ifMissing : MEANINGS[systemError]) ?? {
    code: 'store-unreachable',
    state: `the folder of the store does not answer as it should (${systemError})`,
  };
  return new HoldfastError(meaning.code, `Cannot ${meaning.action ?? action}: ${meaning.state}`, {
    cause: error,
    ...(objectName === undefined ? {} : { details: { objectName } }),
  });
}
