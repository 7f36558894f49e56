// Checks that relative links in Markdown files point at files that exist. Links to other sites and
// to headings in the same file are left alone; links inside code are not links.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFiles } from './project-files.ts';
import { type Findings, reportFindings } from './report-findings.ts';

const INLINE_LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^)]*)?\)/g;
const LINK_DEFINITION = /^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/g;
const ELSEWHERE = /^([a-z][a-z0-9+.-]*:|\/\/|#)/i;

/** Checks every Markdown file below `root`. */
export function checkLinks(root: string): Findings {
  const errors: string[] = [];
  for (const path of projectFiles(root, ['.md'])) {
    for (const { target, line } of linksOf(readFileSync(join(root, path), 'utf8'))) {
      if (ELSEWHERE.test(target)) continue;
      const file = decodeURI(target.replace(/[#?].*$/, ''));
      const from = file.startsWith('/') ? root : join(root, dirname(path));
      if (!existsSync(join(from, file))) {
        errors.push(`${path}:${line}: the link to ${target} leads nowhere`);
      }
    }
  }
  return { errors, warnings: [] };
}

interface Link {
  target: string;
  line: number;
}

function linksOf(markdown: string): Link[] {
  const links: Link[] = [];
  let fence: string | null = null;
  for (const [index, text] of markdown.split('\n').entries()) {
    const mark = /^\s*(```+|~~~+)/.exec(text)?.[1];
    if (mark !== undefined && fence === null) fence = mark;
    else if (fence !== null && text.trim().startsWith(fence)) fence = null;
    if (mark !== undefined || fence !== null) continue;
    const prose = text.replace(/(`+)[^`].*?\1/g, '');
    for (const pattern of [INLINE_LINK, LINK_DEFINITION]) {
      for (const [, target] of prose.matchAll(pattern)) {
        if (target !== undefined) links.push({ target, line: index + 1 });
      }
    }
  }
  return links;
}

if (import.meta.main) reportFindings(checkLinks(process.cwd()));
