import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFolders } from './check-folders.ts';
import { PlantedTree } from './planted-tree.ts';

test('checkFolders() accepts what depends on the rows above', () => {
  using tree = new PlantedTree({
    'packages/client/src/index.ts': "export { backUp } from './backup/back-up.ts';\n",
    'packages/client/src/backup/back-up.ts':
      "import { open } from '../repository/open.ts';\nimport { note } from '../events.ts';\n",
    'packages/client/src/backup/workers/worker.ts': "import { wal } from '../wal-stamp.ts';\n",
    'packages/client/src/repository/open.test.ts': "import { a } from '../backup/back-up.ts';\n",
    'packages/client/src/fixture/sample.ts': "import { a } from '../backup/back-up.ts';\n",
  });
  assert.deepEqual(checkFolders(tree.root), { errors: [], warnings: [] });
});

test('checkFolders() names what depends on its own row, on one below, or on what is for tests', () => {
  using tree = new PlantedTree({
    'packages/client/src/table/cursor.ts':
      "import type {\n  State,\n} from '../repository/state.ts';\n",
    'packages/client/src/prune/prune.ts': "import { adopt } from '../backup/adopt.ts';\n",
    'packages/client/src/restore/workers/worker.ts': "export { a } from '../../fixture/a.ts';\n",
  });
  assert.deepEqual(checkFolders(tree.root).errors, [
    'packages/client/src/prune/prune.ts: prune must not depend on backup: see tools/check-folders.ts',
    'packages/client/src/restore/workers/worker.ts: restore must not depend on fixture: see tools/check-folders.ts',
    'packages/client/src/table/cursor.ts: table must not depend on repository: see tools/check-folders.ts',
  ]);
});

test('checkFolders() wants a place for every folder', () => {
  using tree = new PlantedTree({ 'packages/client/src/extra/one.ts': '' });
  assert.deepEqual(checkFolders(tree.root).errors, [
    'packages/client/src/extra/one.ts: the folder extra has no place in tools/check-folders.ts',
  ]);
});
