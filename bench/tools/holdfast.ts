/**
 * Holdfast from this checkout, unbuilt. All that the bench knows of its command line is here.
 *
 * It runs a copy of Node's program: the bench is a Node process too, and memory that both share
 * would count only half.
 */

import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, firstLineOf, type Place, type Tool, type Traffic } from './tool.ts';

const root = join(import.meta.dirname, '../..');
const program = join(root, 'packages/cli/bin/holdfast.js');
const pinnedNode = join(root, 'node_modules/.bin/node');
const node = existsSync(pinnedNode) ? realpathSync(pinnedNode) : process.execPath;

export const holdfast: Tool = {
  name: 'holdfast',
  settings: 'defaults',
  compresses: true,
  version() {
    const line = existsSync(program) ? firstLineOf([node, program, 'version']) : null;
    return line?.replace(/^holdfast /, '') ?? null;
  },
  init: (place) => [
    { argv: ['cp', node, ownNode(place)] },
    run(place, 'init', '--store', place.repository, '--key-out', join(place.kept, 'root-key')),
  ],
  backup: (place) => run(place, 'backup', place.source, ...options(place)),
  restore: (place, _label, to) => run(place, 'restore', 'latest', '--to', to, ...options(place)),
  check: (place) => run(place, 'check', '--read-data=all', ...options(place)),
  restoreOne(place, _label, path, to) {
    const include = join(basename(place.source), path);
    return run(place, 'restore', 'latest', '--to', to, '--include', include, ...options(place));
  },
  traffic: readSummary,
};

/** Compiled code, as on a machine where Holdfast has run before: a release needs no compiling. */
const compiled = join(root, 'node_modules/.cache/holdfast-bench');

function run(place: Place, ...args: string[]): Command {
  const env = { HOLDFAST_HOME: place.home, NODE_COMPILE_CACHE: compiled };
  return { argv: [ownNode(place), program, ...args], env };
}

function ownNode(place: Place): string {
  return join(place.kept, 'node');
}

function options(place: Place): string[] {
  return ['--store', place.repository, '--key-file', join(place.kept, 'root-key'), '--json'];
}

/** The last line of `--json` output is the summary; a command without one tells nothing. */
function readSummary(stdout: string): Traffic {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) return {};
  const summary = JSON.parse(line) as { requests?: number; bytesFetched?: number };
  return {
    ...(summary.requests !== undefined && { requests: summary.requests }),
    ...(summary.bytesFetched !== undefined && { fetchedBytes: summary.bytesFetched }),
  };
}
