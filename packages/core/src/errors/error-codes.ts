/**
 * The one table of everything that can happen to good code.
 *
 * Per code: the HTTP status a server answers with, the exit code of the command line, and the
 * remedy: what the caller may do next.
 */

/** What the caller may do: try the same again later, change something, install a newer version, or nothing. */
export type Remedy = 'retry-later' | 'change-input' | 'upgrade' | 'none';

interface ErrorCodeRow {
  readonly httpStatus: number;
  readonly exitCode: number;
  readonly remedy: Remedy;
}

export const ERROR_CODES = {
  /** No head under this store URL: nothing was ever backed up there. */
  'backup-missing': { httpStatus: 404, exitCode: 10, remedy: 'change-input' },
  /** `init` on a store that already holds a backup. */
  'backup-exists': { httpStatus: 409, exitCode: 1, remedy: 'change-input' },
  /** The named snapshot is not in the newest head. */
  'snapshot-missing': { httpStatus: 404, exitCode: 1, remedy: 'change-input' },
  /** The named snapshot is the only one that is left of its folders. */
  'last-snapshot': { httpStatus: 409, exitCode: 1, remedy: 'change-input' },
  /** The named path is not in the snapshot. */
  'path-missing': { httpStatus: 404, exitCode: 1, remedy: 'change-input' },
  /** The root key does not open this backup. */
  'wrong-key': { httpStatus: 403, exitCode: 12, remedy: 'change-input' },
  /** The root key was the backup's, until another was put in its place. */
  'key-rotated': { httpStatus: 403, exitCode: 12, remedy: 'change-input' },
  /** This device keeps no key for the backup, and none was given. */
  'key-missing': { httpStatus: 401, exitCode: 12, remedy: 'change-input' },
  /** A row of the 64-digit key contradicts its check character, or is not eight digits. */
  'key-typo': { httpStatus: 400, exitCode: 12, remedy: 'change-input' },
  /** The password is not the one of the backup. */
  'wrong-password': { httpStatus: 403, exitCode: 12, remedy: 'change-input' },
  /** No password is set that the named vaults can check. */
  'password-missing': { httpStatus: 404, exitCode: 12, remedy: 'change-input' },
  /** Too few vaults can be reached, or answer for themselves. */
  'vaults-unreachable': { httpStatus: 503, exitCode: 16, remedy: 'retry-later' },
  /** Too many wrong guesses. */
  'locked-out': { httpStatus: 423, exitCode: 11, remedy: 'retry-later' },
  /** What a vault is said to have answered is not signed by it. */
  'vault-untrusted': { httpStatus: 502, exitCode: 1, remedy: 'none' },
  /** A server does not know the caller, or what it asks for is not theirs. */
  'not-authorised': { httpStatus: 401, exitCode: 1, remedy: 'change-input' },
  /** The token, good for one use, was used before. */
  'token-used': { httpStatus: 409, exitCode: 1, remedy: 'retry-later' },
  /** A provider takes new backups by invite alone, or none, and no good one was given. */
  'invite-needed': { httpStatus: 403, exitCode: 1, remedy: 'change-input' },
  /** A request is longer than a server takes. */
  'too-large': { httpStatus: 413, exitCode: 1, remedy: 'change-input' },
  /** More requests in a short time than a server takes from one caller. */
  'too-many-requests': { httpStatus: 429, exitCode: 1, remedy: 'retry-later' },
  /** A server can't serve now: it has too much to do, ends, or lacks what it stands on. */
  busy: { httpStatus: 503, exitCode: 1, remedy: 'retry-later' },
  /** A server failed in a way that nobody expected. */
  internal: { httpStatus: 500, exitCode: 1, remedy: 'retry-later' },
  /** A server can't listen where it was told to. */
  'address-unusable': { httpStatus: 503, exitCode: 1, remedy: 'change-input' },
  /** A vault's HSM can't be reached, refuses to work, or must not be trusted with keys. */
  'hsm-unusable': { httpStatus: 503, exitCode: 1, remedy: 'retry-later' },
  /** A vault's database is set up so that it could lose what it has acknowledged. */
  'database-unsafe': { httpStatus: 503, exitCode: 1, remedy: 'change-input' },
  /** The answer to a change was lost: whether it was made shows in what is stored. */
  'outcome-unknown': { httpStatus: 503, exitCode: 16, remedy: 'retry-later' },
  /** Stored bytes are not what was written: a wrong hash, a failed seal, an impossible field. */
  damaged: { httpStatus: 400, exitCode: 13, remedy: 'none' },
  /** An object that a head or a snapshot names is not in the store. */
  'object-missing': { httpStatus: 404, exitCode: 13, remedy: 'none' },
  /** Written by a newer version of the format than this code reads. */
  'format-too-new': { httpStatus: 422, exitCode: 1, remedy: 'upgrade' },
  /** The store shows an older or another history than one seen before. */
  stale: { httpStatus: 409, exitCode: 14, remedy: 'none' },
  /** Another writer was first too many times in a row. */
  contention: { httpStatus: 409, exitCode: 1, remedy: 'retry-later' },
  /** Another backup of the same device is under way. */
  'already-running': { httpStatus: 409, exitCode: 1, remedy: 'retry-later' },
  /** The store has no room left, or the quota is used up. */
  'store-full': { httpStatus: 507, exitCode: 15, remedy: 'change-input' },
  /** This device has no room left. */
  'disk-full': { httpStatus: 507, exitCode: 15, remedy: 'change-input' },
  /** What this device keeps of a backup, or for itself, can't be used. */
  'device-unusable': { httpStatus: 422, exitCode: 1, remedy: 'change-input' },
  /** The store can't be reached, its folder is not there, or it answers with a passing failure. */
  'store-unreachable': { httpStatus: 503, exitCode: 16, remedy: 'retry-later' },
  /** The store refuses to be read or written by us. */
  'store-denied': { httpStatus: 403, exitCode: 1, remedy: 'change-input' },
  /** The store URL is not of a known form, or does not lead to a store. */
  'store-invalid': { httpStatus: 400, exitCode: 2, remedy: 'change-input' },
  /** What was to be backed up can't be read, or isn't there. */
  'source-unreadable': { httpStatus: 422, exitCode: 1, remedy: 'change-input' },
  /** The place to restore to is not usable. */
  'target-unusable': { httpStatus: 409, exitCode: 1, remedy: 'change-input' },
  /** The system does not let a file be written where it is to be restored. */
  'target-denied': { httpStatus: 403, exitCode: 1, remedy: 'change-input' },
  /** Wrong words on the command line, or a value out of its range. */
  usage: { httpStatus: 400, exitCode: 2, remedy: 'change-input' },
  /** Something in the input is beyond a limit of the format. */
  'limit-exceeded': { httpStatus: 413, exitCode: 1, remedy: 'change-input' },
  /** Stopped by an abort signal. */
  cancelled: { httpStatus: 499, exitCode: 130, remedy: 'retry-later' },
} as const satisfies Record<string, ErrorCodeRow>;

export type ErrorCode = keyof typeof ERROR_CODES;
