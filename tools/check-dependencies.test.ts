import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDependencies } from './check-dependencies.ts';
import { PlantedTree } from './planted-tree.ts';

const MANIFESTS = {
  'package.json': JSON.stringify({ devDependencies: { linter: '1.0.0' } }),
  'packages/core/package.json': JSON.stringify({
    name: '@example/core',
    dependencies: { curves: '1.0.0' },
    optionalDependencies: { '@example/native': '1.0.0' },
  }),
  'packages/cli/package.json': JSON.stringify({
    name: 'example',
    dependencies: { '@example/core': '1.0.0', curves: '1.0.0' },
  }),
};

test('checkDependencies() accepts a document with one line for each dependency', () => {
  using tree = new PlantedTree({
    ...MANIFESTS,
    'docs/dependencies.md':
      '| package | why |\n|---|---|\n| `linter`, `@example/native` | because |\n| `curves` | so |\n',
  });
  assert.deepEqual(checkDependencies(tree.root).errors, []);
});

test('checkDependencies() names missing, empty and stale lines', () => {
  using tree = new PlantedTree({
    ...MANIFESTS,
    'docs/dependencies.md':
      '| package | why |\n|---|---|\n| `linter` | |\n| `gone` | so |\n| `curves` | so |\n',
  });
  assert.deepEqual(checkDependencies(tree.root).errors, [
    'docs/dependencies.md:3: linter has an empty column',
    'docs/dependencies.md: no line for @example/native (packages/core/package.json)',
    'docs/dependencies.md:4: gone is in no package.json any more',
  ]);
});

test('checkDependencies() fails when the document is missing', () => {
  using tree = new PlantedTree(MANIFESTS);
  assert.deepEqual(checkDependencies(tree.root).errors, ['docs/dependencies.md: does not exist']);
});
