import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertSameTree, readTree } from '../fixture/folder-tree.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { RESTORE_LOCK_NAME } from '../paths/partial-name.ts';
import type { Store } from '../stores/store.ts';

/** The store, where the first range that is to be written waits. */
function held(store: Store) {
  const isReached = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const get: Store['get'] = async (name, options) => {
    if (options?.into !== undefined) {
      isReached.resolve();
      await goOn.promise;
    }
    return await store.get(name, options);
  };
  const held = new Proxy(store, {
    get(target, name: keyof Store) {
      const value = name === 'get' ? get : target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { store: held, isReached: isReached.promise, goOn: () => goOn.resolve() };
}

async function threeFiles(t: { after(fn: () => void): void }): Promise<TemporaryBackup> {
  const own = await temporaryBackup(t);
  for (let i = 0; i < 3; i++) writeFileSync(own.path(`${i}`), randomBytes(500_000, i));
  await own.backUp();
  return own;
}

describe('two restores into one folder at once', () => {
  test('are not made: the second says that another is running, and harms nothing', async (t) => {
    const own = await threeFiles(t);
    const to = join(own.folder, 'target');
    const { store, isReached, goOn } = held(own.store);
    const first = own.restore({ to, store });
    await isReached;
    await assert.rejects(own.restore({ to }), { code: 'already-running' });
    const elsewhere = await own.restore();
    assert.equal(elsewhere.files, 3);
    goOn();
    assert.deepEqual((await first).failed, []);
    assertSameTree(await readTree(join(to, 'source')), await readTree(own.source));
    assert.deepEqual(readdirSync(to), ['source']);
  });

  test('that no lock keeps apart do not take the one for the files of the other', async (t) => {
    const own = await threeFiles(t);
    const to = join(own.folder, 'target');
    const { store, isReached, goOn } = held(own.store);
    const first = own.restore({ to, store });
    await isReached;
    // As on a drive that has no locks.
    rmSync(join(to, RESTORE_LOCK_NAME));
    const left = readdirSync(join(to, 'source')).filter((name) => name.startsWith('.holdfast'));
    assert.equal(left.length, 3);
    for (const name of left) {
      rmSync(join(to, 'source', name));
      writeFileSync(join(to, 'source', name), "another's");
    }
    goOn();
    const { failed, files } = await first;
    assert.deepEqual(
      [files, failed.map(({ code }) => code)],
      [0, Array(3).fill('target-unusable')],
    );
    assert.deepEqual(readdirSync(join(to, 'source')).sort(), left.sort());
    for (const name of left) {
      assert.equal(readFileSync(join(to, 'source', name), 'utf8'), "another's");
    }
  });
});

describe('a restore', () => {
  test('removes what one that was killed has left unfinished, and nothing else', async (t) => {
    const own = await threeFiles(t);
    const to = join(own.folder, 'target');
    mkdirSync(join(to, 'source'), { recursive: true });
    const stale = join(to, 'source/.holdfast-partial-0123456789abcdef');
    const others = ['.holdfast-partial-notes', '.holdfast-partial-0123456789abcdef0', 'own'];
    writeFileSync(stale, 'half a file');
    for (const name of others) writeFileSync(join(to, 'source', name), 'x');
    const { failed, files } = await own.restore({ to, include: ['source/1'] });
    assert.deepEqual([failed, files], [[], 1]);
    assert.equal(existsSync(stale), false);
    assert.deepEqual(readdirSync(join(to, 'source')).sort(), [...others, '1'].sort());
  });

  test('does not follow a link that stands where its lock goes', async (t) => {
    const own = await threeFiles(t);
    const to = join(own.folder, 'target');
    mkdirSync(to);
    symlinkSync(join(own.folder, 'elsewhere'), join(to, RESTORE_LOCK_NAME));
    assert.deepEqual((await own.restore({ to })).failed, []);
    assert.equal(existsSync(join(own.folder, 'elsewhere')), false);
  });
});

test('a restore of many files keeps few of them open', async (t) => {
  const own = await temporaryBackup(t);
  for (let i = 0; i < 800; i++) writeFileSync(own.path(`${i}`), randomBytes(66_000, i));
  await own.backUp();
  let most = 0;
  const get: Store['get'] = async (name, options) => {
    most = Math.max(most, readdirSync('/proc/self/fd').length);
    return await own.store.get(name, options);
  };
  const store = new Proxy(own.store, {
    get(target, name: keyof Store) {
      const value = name === 'get' ? get : target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const before = readdirSync('/proc/self/fd').length;
  const { files, failed, to } = await own.restore({ store });
  assert.deepEqual([files, failed], [800, []]);
  assert.ok(most - before < 600, `${most - before} open at a time`);
  assertSameTree(await readTree(join(to, 'source')), await readTree(own.source));
});
