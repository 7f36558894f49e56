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

/**
 * The state to tell after `Cannot …: `; the error's own words where its code is not known.
 *
 * @param error An error of the system, or its `code` and `message` from another thread.
 */
export function systemState(error: unknown): string {
  const { code = '', message } = (error ?? {}) as { code?: string; message?: string };
  return STATES[code] ?? message ?? 'something unexpected happened';
}
