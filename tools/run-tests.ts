// `npm test`: runs every test of the repository with Node's test runner. Files, folders and options
// of `node --test` given after `--` are passed on: `npm test -- packages/core --test-only`.

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ALL_TESTS = ['packages/*/src/**/*.test.ts', 'bench/**/*.test.ts', 'tools/**/*.test.ts'];
const CONCURRENCY = 2;
const MIN_NODE_MAJOR = 26;

/**
 * The arguments for node that run the tests `args` ask for.
 *
 * @param args What the person typed: files, folders and options of `node --test`, in any order.
 * @returns `null` when there is no test file to run.
 */
export function testCommand(args: readonly string[]): string[] | null {
  const places = args.filter((arg, index) => isPlace(arg, args[index - 1]));
  const options = args.filter((arg) => !places.includes(arg));
  const patterns = places.length === 0 ? ALL_TESTS : places.map(patternOf);
  const files = globSync(patterns, { exclude: ['**/node_modules'] }).sort();
  if (files.length === 0) return null;
  const reporter = options.some((option) => option.startsWith('--test-reporter'))
    ? []
    : [`--test-reporter=${fileURLToPath(import.meta.resolve('./test-reporter.ts'))}`];
  return ['--test', `--test-concurrency=${CONCURRENCY}`, ...reporter, ...options, ...files];
}

/** Tells a file, folder or pattern from an option and from the value of the option before it. */
function isPlace(arg: string, before = ''): boolean {
  if (arg.startsWith('-')) return false;
  if (existsSync(arg)) return true;
  const isOptionValue = before.startsWith('--') && !before.includes('=');
  return !isOptionValue && /[/*]|\.ts$/.test(arg);
}

function patternOf(place: string): string {
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? `${place}/**/*.test.ts` : place;
}

function runTests(args: readonly string[]): number {
  if (Number.parseInt(process.versions.node, 10) < MIN_NODE_MAJOR) {
    console.error(
      `Cannot run tests: this is Node ${process.versions.node}, and Holdfast needs Node ` +
        `${MIN_NODE_MAJOR}. It is among the installed packages: run "npm test" instead`,
    );
    return 1;
  }
  const command = testCommand(args);
  if (command === null) {
    console.error(
      `Cannot run tests: there is no test file ${args.length === 0 ? 'at all' : `in ${args.join(' ')}`}`,
    );
    return 1;
  }
  const { status, error } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status ?? 1;
}

if (import.meta.main) process.exitCode = runTests(process.argv.slice(2));
