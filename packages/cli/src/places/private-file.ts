/** Files that only their owner may read. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '@holdfast/client/make-folders';
import { syncFolder } from '@holdfast/client/sync-folder';

/**
 * Creates a file of mode 0600, its folder (0700) too when missing, and syncs both.
 *
 * @throws the system's error; `EEXIST` when something is there already.
 */
export async function createPrivateFile(path: string, text: string): Promise<void> {
  makeFolders(dirname(path), 0o700);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** The same, but replaces what is there in one step. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.new`;
  await createPrivateFile(temporary, text);
  try {
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
