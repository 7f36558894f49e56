import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkLayers } from './check-layers.ts';
import { PlantedTree } from './planted-tree.ts';

function coreWith(exports: Record<string, string>, files: Record<string, string>): PlantedTree {
  return treeWith({
    ...Object.fromEntries(
      Object.entries(files).map(([path, text]) => [`packages/core/src/${path}`, text]),
    ),
    'packages/core/package.json': JSON.stringify({ name: '@holdfast/core', exports }),
    'packages/client/src/store.ts': 'export const store = 1;\n',
  });
}

function vaultWith(files: Record<string, string>): PlantedTree {
  const tree = treeWith({
    'packages/core/package.json': JSON.stringify({
      name: '@holdfast/core',
      exports: { './backup-format': './src/backup-format/a.ts', './head': './src/head/b.ts' },
    }),
    'packages/core/src/backup-format/a.ts': 'export const a = 1;\n',
    'packages/core/src/head/b.ts': 'export const b = 1;\n',
    'packages/client/src/store.ts': 'export const store = 1;\n',
    'packages/vault/package.json': JSON.stringify({
      name: '@holdfast/vault',
      exports: { './hsm': './src/hsm.ts' },
    }),
    ...Object.fromEntries(
      Object.entries(files).map(([path, text]) => [`packages/vault/src/${path}`, text]),
    ),
  });
  mkdirSync(join(tree.root, 'node_modules/@holdfast'), { recursive: true });
  symlinkSync('../../packages/core', join(tree.root, 'node_modules/@holdfast/core'));
  return tree;
}

/** Packages that export nothing, but for what `files` plants of them. */
function treeWith(files: Record<string, string>): PlantedTree {
  const empty = JSON.stringify({ exports: {} });
  return new PlantedTree({
    'packages/core/package.json': empty,
    'packages/provider/package.json': empty,
    'packages/serving/package.json': empty,
    'packages/vault/package.json': empty,
    'packages/server/src/main.ts': '',
    ...files,
  });
}

test('checkLayers() accepts a core without Node, but for the Node half of the crypto port', async () => {
  using tree = coreWith(
    { './bytes': './src/bytes.ts', './crypto/node': './src/node.ts' },
    {
      'bytes.ts':
        "import type { Hash } from 'node:crypto';\nexport const none: Hash | null = null;\n",
      'node.ts': "export { createHash } from 'node:crypto';\n",
    },
  );
  assert.deepEqual(await checkLayers(tree.root), { errors: [], warnings: [] });
});

test('checkLayers() finds a Node module behind any number of imports, with or without "node:"', async () => {
  using tree = coreWith(
    { './bytes': './src/bytes.ts', './head': './src/head.ts' },
    {
      'bytes.ts': "export { deep } from './deep.ts';\n",
      'head.ts': "export { deep } from './deep.ts';\n",
      'deep.ts':
        "import { join } from 'path';\nexport const deep = [join, import('node:fs/promises')];\n",
    },
  );
  assert.deepEqual((await checkLayers(tree.root)).errors, [
    "packages/core/src/deep.ts: imports path, so core can't run in a browser",
    "packages/core/src/deep.ts: imports node:fs/promises, so core can't run in a browser",
  ]);
});

test('checkLayers() finds the backup format within the vault protocol, and the other way round', async () => {
  using tree = coreWith(
    {
      './backup-format': './src/backup-format/index.ts',
      './vault-protocol': './src/vault-protocol/index.ts',
    },
    {
      'backup-format/index.ts': "export { a } from '../between.ts';\n",
      'backup-format/b.ts': 'export const b = 1;\n',
      'vault-protocol/index.ts': "export { b } from '../between.ts';\n",
      'vault-protocol/a.ts': 'export const a = 1;\n',
      'between.ts':
        "export * from './vault-protocol/a.ts';\nexport * from './backup-format/b.ts';\n",
    },
  );
  assert.deepEqual((await checkLayers(tree.root)).errors, [
    'packages/core/src/vault-protocol/a.ts: is part of @holdfast/core/backup-format: these two must not reach each other',
    'packages/core/src/backup-format/b.ts: is part of @holdfast/core/vault-protocol: these two must not reach each other',
  ]);
});

test('checkLayers() finds another package, a missing export and what does not resolve', async () => {
  using tree = coreWith(
    { './a': './src/a.ts', './b': './src/b.ts', './c': './src/c.ts' },
    {
      'a.ts': "export { store } from '../../client/src/store.ts';\n",
      'c.ts': "export { x } from './nowhere.ts';\n",
    },
  );
  assert.deepEqual((await checkLayers(tree.root)).errors, [
    'packages/client/src/store.ts: is part of @holdfast/core/a, but core must stand alone',
    'packages/core/package.json: the export "./b" names ./src/b.ts: no such file',
    'packages/core/src/c.ts:1: Could not resolve "./nowhere.ts"',
  ]);
});

test('checkLayers() accepts a vault with Node, dependencies and the core that it needs', async () => {
  using tree = vaultWith({
    'hsm.ts':
      "import 'node:fs';\nimport 'pkcs11js';\nimport type { a } from '@holdfast/core/backup-format';\nimport { b } from '@holdfast/core/head';\nexport const c: typeof a = b;\n",
  });
  assert.deepEqual(await checkLayers(tree.root), { errors: [], warnings: [] });
});

test('checkLayers() finds the backup format and the client behind any number of imports of a vault', async () => {
  using tree = vaultWith({
    'hsm.ts': "export { a } from './deep.ts';\n",
    'deep.ts':
      "export { a } from '@holdfast/core/backup-format';\nexport { store } from '../../client/src/store.ts';\n",
  });
  assert.deepEqual((await checkLayers(tree.root)).errors, [
    'packages/core/src/backup-format/a.ts: is part of @holdfast/vault/hsm, which must not contain it: see tools/check-layers.ts',
    'packages/client/src/store.ts: is part of @holdfast/vault/hsm, which must not contain it: see tools/check-layers.ts',
  ]);
});

test('checkLayers() finds the backup format behind a command of a server that is loaded when needed', async () => {
  using tree = vaultWith({
    'hsm.ts': 'export const hsm = 1;\n',
    '../../server/src/main.ts': "export const run = () => import('./command.ts');\n",
    '../../server/src/command.ts':
      "import 'hono';\nexport { a } from '@holdfast/core/backup-format';\n",
  });
  assert.deepEqual((await checkLayers(tree.root)).errors, [
    'packages/core/src/backup-format/a.ts: is part of holdfast-server, which must not contain it: see tools/check-layers.ts',
  ]);
});

test('checkLayers() looks into the worker threads of a vault, which nothing imports', async () => {
  using tree = vaultWith({
    'hsm.ts': "export const worker = new URL('./hsm/hsm-worker.ts', import.meta.url);\n",
    'hsm/hsm-worker.ts': "export { a } from '@holdfast/core/backup-format';\n",
  });
  assert.deepEqual((await checkLayers(tree.root)).errors, [
    'packages/core/src/backup-format/a.ts: is part of @holdfast/vault/src/hsm/hsm-worker.ts, which must not contain it: see tools/check-layers.ts',
  ]);
});
