// Checks that the folders of the client depend on each other in one direction only: each on those of
// the rows above its own. Counts what only types are imported from, too; tests may use anything.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFiles } from './project-files.ts';
import { type Findings, reportFindings } from './report-findings.ts';

const CLIENT = 'packages/client/src/';

/** From what knows nothing of backups to what people ask for; folders of one row stay apart. */
const ROWS: readonly (readonly string[])[] = [
  ['paths', 'platform', 'table'],
  ['stores', 'vaults'],
  ['repository', 'sqlite'],
  ['passwords', 'snapshots'],
  ['witnesses'],
  ['backup', 'check', 'forget', 'prune', 'restore', 'rotate'],
];
/** What only tests use. */
const FOR_TESTS = 'fixture';

const IMPORTED_FOLDER = /^(?:import|export)\b[^;]*?\bfrom '((?:\.\.\/)+)([a-z-]+)\//gm;

/** Checks all files of the client below `root` but tests and what is for tests. */
export function checkFolders(root: string): Findings {
  const errors: string[] = [];
  for (const path of projectFiles(root, ['.ts'])) {
    if (!path.startsWith(CLIENT) || path.endsWith('.test.ts')) continue;
    const [folder = '', ...rest] = path.slice(CLIENT.length).split('/');
    if (rest.length === 0 || folder === FOR_TESTS) continue;
    const row = rowOf(folder);
    if (row === -1) {
      errors.push(`${path}: the folder ${folder} has no place in tools/check-folders.ts`);
      continue;
    }
    for (const [, up = '', other = ''] of readFileSync(join(root, path), 'utf8').matchAll(
      IMPORTED_FOLDER,
    )) {
      const isOutside = up.length / '../'.length === rest.length;
      if (!isOutside || other === folder) continue;
      const otherRow = rowOf(other);
      if (otherRow === -1 || otherRow >= row) {
        errors.push(`${path}: ${folder} must not depend on ${other}: see tools/check-folders.ts`);
      }
    }
  }
  return { errors, warnings: [] };
}

function rowOf(folder: string): number {
  return ROWS.findIndex((row) => row.includes(folder));
}

if (import.meta.main) reportFindings(checkFolders(process.cwd()));
