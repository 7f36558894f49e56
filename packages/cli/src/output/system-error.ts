/** What an error of the operating system means, in few words: `the disk is read-only`. */

const STATES: Readonly<Record<string, string>> = {
  EACCES: 'the system does not permit it',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something is there already',
  EIO: 'the disk does not answer as it should',
  EISDIR: 'it is a folder',
  ELOOP: 'too many symbolic links lead there',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no room is left on this device',
  ENOTDIR: 'a file stands where a folder belongs',
  EPERM: 'the system does not permit it',
  EROFS: 'the disk is read-only',
};

/** The state to tell after `Cannot …: `; the error's own words where they are not known. */
export function systemState(error: unknown): string {
  if (!(error instanceof Error)) return 'something unexpected happened';
  return STATES[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message;
}

/** What happened, in a sentence, for an error that no part of the program expected. */
export function systemMessage(error: unknown): string {
  const { path } = error as NodeJS.ErrnoException;
  return `Cannot ${path === undefined ? 'go on' : `use ${path}`}: ${systemState(error)}`;
}

export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
