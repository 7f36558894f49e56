/** Writes the tables into docs/performance.md, between two markers, and leaves the rest alone. */

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';

const begin = '<!-- bench: begin, written by "npm run bench -- --save" -->';
const end = '<!-- bench: end -->';

const draft = `# Performance

How fast Holdfast is, and how little it stores, beside the tools that people use for the same job.
All figures come from one run of the bench on one machine; compare them within a table, not across
machines.

## How it is measured

- One generated chat history in three states: the first day, the next day, and a quiet day after it.
- The tools take turns, step by step, on the same source folder; the order changes with every run.
  Every figure is the median of the runs.
- The clock stops when the tool has ended and its file system is synced. The source, or for restore
  and check the repository, has been read once before, so the page cache is warm for all.
- CPU time and memory are those of the whole process tree; memory is the peak of the sum of
  proportional set sizes, looked at every 50 ms.
- What a tool restores is compared with the source, byte by byte. A tool that fails this has no figures.
- "One file, cold" restores one media file of about 100 KB with an empty cache.
- "Changed pages" is the yardstick for a day's growth: the database pages that differ from the day
  before, in one zstd stream of level 3.

## Results

${begin}
${end}

## Reproduce it

Install the peers you want to compare with (restic, borg, rclone; those missing are left out), then:

\`\`\`sh
npm ci
npm run bench                    # 3 GB of data, about 25 GB of disk
npm run bench -- --small         # a twentieth of it
npm run bench -- --only holdfast,restic --runs 1
\`\`\`

The data is made once and kept in \`bench/.data\`, with the figures of every run as JSON.
`;

/** @param results Markdown. @throws {Error} when the page has lost its markers. */
export async function savePerformancePage(path: string, results: string): Promise<void> {
  const page = existsSync(path) ? await readFile(path, 'utf8') : draft;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Cannot write ${path}: it has lost its bench markers`);
  const head = page.slice(0, from + begin.length);
  await writeFile(path, `${head}\n\n${results.trim()}\n\n${page.slice(to)}`);
}
