// Lists the project's own files for the checks in this folder: everything below the root except
// what Git ignores by .gitignore and Git's own folder. Works without Git, as in a source archive.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const IGNORED_NAMES: ReadonlySet<string> = new Set(['.git', '.data', 'dist', 'node_modules']);

/**
 * Paths of all files below `root`, relative to it, with `/` as separator, in alphabetical order.
 *
 * @param endings Keep only the files whose name ends in one of these; all when left out.
 */
export function projectFiles(root: string, endings?: readonly string[]): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (IGNORED_NAMES.has(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (endings?.some((ending) => path.endsWith(ending)) ?? true) found.push(path);
    }
  };
  walk('');
  return found.sort();
}
