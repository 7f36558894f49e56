/**
 * Keeps a second backup of the same device out while one is running
 * (docs/decisions/one-run-at-a-time.md).
 */
import { HoldfastError } from '@holdfast/core/errors';
import { FileLock, type LockRefusal } from '../platform/file-lock.ts';

/**
 * @param path Of the lock's file; made when missing.
 * @throws {HoldfastError} `already-running`; `device-unusable` or `disk-full` when the file can't be
 *   used as a lock.
 */
export function lockDevice(path: string): FileLock {
  return new FileLock(path, (why, cause) => asLockError(path, why, cause));
}

function asLockError(path: string, why: LockRefusal, cause: Error): HoldfastError | null {
  switch (why) {
    // Some network drives have no locks: better to back up without than not at all.
    case 'unavailable':
      return null;
    case 'held': {
      const message = 'Cannot back up: another backup of this device is running';
      return new HoldfastError('already-running', message, { cause });
    }
    case 'no-room': {
      const message = `Cannot lock ${path}: no room is left on this device`;
      return new HoldfastError('disk-full', message, { cause });
    }
    case 'no-lock-file':
      return unusable(path, 'it is no lock; remove it while no backup is running', cause);
    case 'not-writable':
      return unusable(path, 'it is no file that can be written', cause);
    case 'other':
      return unusable(path, cause.message, cause);
  }
}

function unusable(path: string, state: string, cause: Error): HoldfastError {
  return new HoldfastError('device-unusable', `Cannot lock ${path}: ${state}`, { cause });
}
