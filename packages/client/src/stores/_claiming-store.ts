/** Opens a file store as if its file system had no hard links; a test's child processes load it. */

import { fileURLToPath } from 'node:url';
import { FileStore } from './file-store.ts';
import type { Store } from './store.ts';

export async function openStore(url: string): Promise<Store> {
  return new FileStore(fileURLToPath(url), { hardLinks: false });
}
