/** Writes a bench's tables into docs/performance.md, between its markers, and leaves the rest alone. */

import { readFile, writeFile } from 'node:fs/promises';

/** A bench's place in the page. */
export interface Section {
  readonly begin: string;
  readonly end: string;
}

export const BACKUP_SECTION = sectionOf('bench');
export const VAULT_SECTION = sectionOf('bench:vault');

function sectionOf(script: string): Section {
  return {
    begin: `<!-- ${script}: begin, written by "npm run ${script} -- --save" -->`,
    end: `<!-- ${script}: end -->`,
  };
}

/** @param results Markdown. @throws {Error} when the page has lost its markers. */
export async function savePerformancePage(
  path: string,
  { begin, end }: Section,
  results: string,
): Promise<void> {
  const page = await readFile(path, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Cannot write ${path}: it has lost its bench markers`);
  const head = page.slice(0, from + begin.length);
  await writeFile(path, `${head}\n\n${results.trim()}\n\n${page.slice(to)}`);
}
