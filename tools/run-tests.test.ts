import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { PlantedTree } from './planted-tree.ts';

const RUN_TESTS = join(import.meta.dirname, 'run-tests.ts');
const IMPORT = "import { test } from 'node:test';\n";
const TREE = {
  'packages/one/src/good.test.ts': `${IMPORT}test('one is good', () => {});\n`,
  'packages/one/src/not-a-test.ts': 'throw new Error();\n',
  'tools/two.test.ts': `${IMPORT}test('two is good', () => {});\ntest('two is fine', () => {});\n`,
};

function runTests(tree: PlantedTree, args: string[], ci = false): { status: number; out: string } {
  const { NODE_TEST_CONTEXT: _, CI: __, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN_TESTS, ...args], {
    cwd: tree.root,
    encoding: 'utf8',
    env: { ...env, ...(ci && { CI: 'true' }), NO_COLOR: '1' },
  });
  return { status: status ?? -1, out: stdout + stderr };
}

test('npm test runs all test files and ends in the summary of node', () => {
  using tree = new PlantedTree(TREE);
  const { status, out } = runTests(tree, [], true);
  assert.equal(status, 0);
  assert.match(out, /✔ one is good.*✔ two is good.*✔ two is fine/s);
  assert.match(
    out,
    /ℹ tests 3\nℹ suites 0\nℹ pass 3\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms [\d.]+\n$/,
  );
});

test('npm test passes files, folders and options on', () => {
  using tree = new PlantedTree(TREE);
  assert.match(runTests(tree, ['tools/two.test.ts']).out, /ℹ tests 2\n/);
  assert.match(runTests(tree, ['packages/one']).out, /ℹ tests 1\n/);
  const { out } = runTests(tree, ['--test-name-pattern', 'two is f/?ine', 'tools']);
  assert.match(out, /✔ two is fine/);
  assert.doesNotMatch(out, /two is good/);
});

test('npm test fails when a test fails, and when there is none', () => {
  using tree = new PlantedTree({
    'tools/bad.test.ts': `${IMPORT}test('is bad', () => { throw new Error('no'); });\n`,
  });
  assert.equal(runTests(tree, []).status, 1);
  const { status, out } = runTests(tree, ['tools/gone.test.ts']);
  assert.equal(status, 1);
  assert.match(out, /^Cannot run tests: there is no test file in tools\/gone\.test\.ts\n$/);
});

test('npm test names skipped and unfinished tests, and with CI=true they fail it', () => {
  using tree = new PlantedTree({
    'tools/a.test.ts': `${IMPORT}test('early', { skip: 'no sqlite3' }, () => {});\ntest('late', (t) => t.skip());\ntest('later', { todo: true }, () => {});\n`,
  });
  const names = '"early" (no sqlite3), "late", "later"';
  const here = runTests(tree, []);
  assert.equal(here.status, 0);
  assert.ok(here.out.includes(`ℹ SKIPPED OR LEFT TO DO, 3 in number: ${names}\nℹ tests 3\n`));
  const ci = runTests(tree, [], true);
  assert.equal(ci.status, 1);
  assert.ok(ci.out.includes(`with CI=true that is a FAILURE: ${names}\nℹ tests 3\n`));
  assert.match(ci.out, /ℹ duration_ms [\d.]+\n$/);
});
