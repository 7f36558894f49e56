/**
 * Keeps a second restore out of a folder while one is running: they would write to the same
 * temporary files.
 */
import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/core/errors';
import { RESTORE_LOCK_NAME } from '../paths/partial-name.ts';
import { FileLock } from '../platform/file-lock.ts';

/**
 * @param target Folder that is there.
 * @returns Lets the lock go, and removes its file. Where no file can be made, or locked, there is no
 *   lock: what can be restored there then shows file by file.
 * @throws {HoldfastError} `already-running`.
 */
export function lockTarget(target: string): Disposable & { readonly isHeld: boolean } {
  const path = join(target, RESTORE_LOCK_NAME);
  const found = lstatSync(path, { throwIfNoEntry: false });
  // SQLite would follow a link.
  if (found !== undefined && !found.isFile()) {
    return { isHeld: false, [Symbol.dispose]: () => undefined };
  }
  const lock = new FileLock(path, (why, cause) => {
    if (why !== 'held') return null;
    const message = `Cannot restore: another restore into ${target} is running`;
    return new HoldfastError('already-running', message, { cause });
  });
  return {
    isHeld: lock.isHeld,
    [Symbol.dispose]() {
      // While it is still held: who comes next makes a new one.
      if (lock.isHeld) rmSync(path, { force: true });
      lock[Symbol.dispose]();
    },
  };
}
