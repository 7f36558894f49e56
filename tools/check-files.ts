// Checks the shape of source files: none over 500 lines (400 is a warning), kebab-case names of
// files and folders, and no name that says nothing about what is inside.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFiles } from './project-files.ts';
import { type Findings, reportFindings } from './report-findings.ts';

const SOURCE_FOLDERS = ['packages/', 'bench/', 'tools/', 'spec/', 'docs/'];
const CODE_ENDINGS = ['.ts', '.tsx', '.js', '.mjs', '.css', '.html', '.sql'];
const WARN_LINES = 400;
const MAX_LINES = 500;

/** A leading `_` marks a file as private to its folder; dots separate endings such as `.test.ts`. */
const KEBAB_CASE = /^_?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
const CONVENTIONAL_NAME = /^(README|CHANGELOG|LICENSE|CONTRIBUTING|SECURITY)(\.md)?$/;
const EMPTY_NAME =
  /^_?(utils?|helpers?|common|types?|managers?|services?)$|-(utils?|helpers?|common|managers?|services?)$/;

/** Checks every source file below `root`: sizes and names. */
export function checkFiles(root: string): Findings {
  const errors: string[] = [];
  const warnings: string[] = [];
  const wronglyNamed = new Set<string>();
  for (const path of projectFiles(root, [...CODE_ENDINGS, '.md'])) {
    if (!SOURCE_FOLDERS.some((folder) => path.startsWith(folder))) continue;
    for (const place of placesOnTheWay(path)) {
      const complaint = nameComplaint(place.slice(place.lastIndexOf('/') + 1));
      if (complaint !== null && !wronglyNamed.has(place)) {
        wronglyNamed.add(place);
        errors.push(`${place}: ${complaint}`);
      }
    }
    if (!CODE_ENDINGS.some((ending) => path.endsWith(ending))) continue;
    const lines = countLines(readFileSync(join(root, path), 'utf8'));
    if (lines > MAX_LINES) errors.push(`${path}: ${lines} lines, more than ${MAX_LINES}: split it`);
    else if (lines > WARN_LINES) warnings.push(`${path}: ${lines} lines: more than one idea?`);
  }
  return { errors, warnings };
}

/** `a/b/c.ts` → `a`, `a/b`, `a/b/c.ts`. */
function placesOnTheWay(path: string): string[] {
  const names = path.split('/');
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function nameComplaint(name: string): string | null {
  if (CONVENTIONAL_NAME.test(name)) return null;
  if (!KEBAB_CASE.test(name)) return 'the name is not kebab-case';
  const stem = name.replace(/\..*$/, '');
  if (EMPTY_NAME.test(stem)) return `"${stem}" says nothing: name it after what it does`;
  return null;
}

function countLines(text: string): number {
  const lines = text.split('\n').length;
  return text.endsWith('\n') ? lines - 1 : lines;
}

if (import.meta.main) reportFindings(checkFiles(process.cwd()));
