import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it that are missing. What Node has for this never ends where the
 * system says that a folder, whose parent is there, can't be: below `/proc`, for one.
 *
 * @param mode Of the folders that are made.
 * @throws {NodeJS.ErrnoException} when there is, or can be, no folder.
 */
export function makeFolders(path: string, mode = 0o777): void {
  if (makeOne(path, mode)) return;
  makeFolders(dirname(path), mode);
  if (!makeOne(path, mode)) mkdirSync(path, { mode });
}

/** @returns false when something above it is missing. */
function makeOne(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path) return false;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return true;
    throw error;
  }
}
