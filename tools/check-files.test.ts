import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFiles } from './check-files.ts';
import { PlantedTree } from './planted-tree.ts';

test('checkFiles() accepts well-named files of up to 400 lines', () => {
  using tree = new PlantedTree({
    'packages/core/README.md': '# core\n',
    'packages/core/src/seal-pack.test.ts': 'x\n'.repeat(400),
    'packages/core/src/_pack-plan.ts': 'x\n',
    'packages/core/src/manage-quota.ts': 'x\n',
    'vectors/pack/Odd Name.ts': 'x\n'.repeat(600),
    'node_modules/other/src/utils.ts': 'x\n'.repeat(600),
  });
  assert.deepEqual(checkFiles(tree.root), { errors: [], warnings: [] });
});

test('checkFiles() warns above 400 lines and fails above 500', () => {
  using tree = new PlantedTree({
    'tools/long.ts': 'x\n'.repeat(401),
    'tools/longest.ts': 'x\n'.repeat(501),
  });
  assert.deepEqual(checkFiles(tree.root), {
    errors: ['tools/longest.ts: 501 lines, more than 500: split it'],
    warnings: ['tools/long.ts: 401 lines: more than one idea?'],
  });
});

test('checkFiles() names each badly named file or folder once', () => {
  using tree = new PlantedTree({
    'packages/core/src/sealPack.ts': '',
    'packages/core/src/common/one.ts': '',
    'packages/core/src/common/two.ts': '',
    'packages/core/src/helpers.test.ts': '',
    'packages/client/src/upload-manager.ts': '',
    'spec/Threat_Model.md': '',
  });
  assert.deepEqual(checkFiles(tree.root).errors, [
    'packages/client/src/upload-manager.ts: "upload-manager" says nothing: name it after what it does',
    'packages/core/src/common: "common" says nothing: name it after what it does',
    'packages/core/src/helpers.test.ts: "helpers" says nothing: name it after what it does',
    'packages/core/src/sealPack.ts: the name is not kebab-case',
    'spec/Threat_Model.md: the name is not kebab-case',
  ]);
});
