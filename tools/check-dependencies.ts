// Checks that docs/dependencies.md gives a reason for every dependency in any package.json of this
// repository, and has no line for one that is gone.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFiles } from './project-files.ts';
import { type Findings, reportFindings } from './report-findings.ts';

const DOCUMENT = 'docs/dependencies.md';
const KINDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
] as const;

type Manifest = { name?: string } & { [kind in (typeof KINDS)[number]]?: Record<string, string> };

/** Compares the manifests below `root` with the tables of docs/dependencies.md. */
export function checkDependencies(root: string): Findings {
  if (!existsSync(join(root, DOCUMENT))) {
    return { errors: [`${DOCUMENT}: does not exist`], warnings: [] };
  }
  const wanted = wantedDependencies(root);
  const explained = explainedDependencies(readFileSync(join(root, DOCUMENT), 'utf8'));
  const errors: string[] = [];
  for (const [name, manifest] of wanted) {
    const row = explained.get(name);
    if (row === undefined) errors.push(`${DOCUMENT}: no line for ${name} (${manifest})`);
    else if (row.emptyCells) errors.push(`${DOCUMENT}:${row.line}: ${name} has an empty column`);
  }
  for (const [name, row] of explained) {
    if (!wanted.has(name)) {
      errors.push(`${DOCUMENT}:${row.line}: ${name} is in no package.json any more`);
    }
  }
  return { errors, warnings: [] };
}

/** Names of all dependencies but this repository's own packages, with the first manifest. */
function wantedDependencies(root: string): Map<string, string> {
  const manifests = projectFiles(root, ['package.json'])
    .filter((path) => path === 'package.json' || path.endsWith('/package.json'))
    .map((path) => ({
      path,
      manifest: JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest,
    }));
  const own = new Set(manifests.map(({ manifest }) => manifest.name));
  const wanted = new Map<string, string>();
  for (const { path, manifest } of manifests) {
    for (const kind of KINDS) {
      for (const name of Object.keys(manifest[kind] ?? {})) {
        if (!own.has(name) && !wanted.has(name)) wanted.set(name, path);
      }
    }
  }
  return wanted;
}

interface Row {
  line: number;
  emptyCells: boolean;
}

/** The table rows whose first cell names packages in code marks: `| \`a\`, \`b\` | why | … |`. */
function explainedDependencies(markdown: string): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const [index, text] of markdown.split('\n').entries()) {
    const [first, ...others] = text
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|');
    if (!text.trim().startsWith('|') || first === undefined) continue;
    const emptyCells = others.length === 0 || others.some((cell) => cell.trim() === '');
    for (const [, name] of first.matchAll(/`([^`]+)`/g)) {
      if (name !== undefined) rows.set(name, { line: index + 1, emptyCells });
    }
  }
  return rows;
}

if (import.meta.main) reportFindings(checkDependencies(process.cwd()));
