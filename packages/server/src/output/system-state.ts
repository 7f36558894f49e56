/** What an error of the operating system means to an operator, in few words. */

const STATES: Readonly<Record<string, string>> = {
  EACCES: 'the system does not permit it',
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EEXIST: 'something is there already',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no room is left on this device',
  ENOTDIR: 'a file stands where a folder belongs',
  ENOTFOUND: 'there is no host of that name',
  EPERM: 'the system does not permit it',
  EROFS: 'the disk is read-only',
};

/** The state to tell after `Cannot …: `; the error's own words where its code is not known. */
export function systemState(error: unknown): string {
  const { code = '', message } = (error ?? {}) as { code?: string; message?: string };
  return STATES[code] ?? message ?? 'something unexpected happened';
}
