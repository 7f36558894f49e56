import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../fixture/temporary-backup.ts';
import { Xattrs } from './xattrs.ts';

test("an attribute that can't be set here is left, and reported", async (t) => {
  const xattrs = await Xattrs.load();
  const folder = temporaryFolder(t);
  const path = join(folder, 'file');
  writeFileSync(path, '');
  const small = { name: Buffer.from('user.small'), value: Buffer.from('x') };
  if (xattrs?.write(Buffer.from(path), small) !== true) {
    t.skip('extended attributes are not supported here');
    return;
  }
  const refused: [string, { name: Buffer; value: Buffer }][] = [
    [path, { name: Buffer.from('no-such-space.x'), value: Buffer.from('x') }],
    [path, { name: Buffer.from('user.large'), value: Buffer.alloc(1024 * 1024) }],
    [join(folder, 'missing'), small],
  ];
  for (const [at, xattr] of refused) {
    assert.equal(xattrs.write(Buffer.from(at), xattr), false, xattr.name.toString());
  }
  assert.deepEqual(xattrs.read(Buffer.from(path)).xattrs, [small]);
  assert.deepEqual(xattrs.read(Buffer.from(join(folder, 'missing'))).xattrs, []);
});

test('a path that is no text is not taken for another', async (t) => {
  const xattrs = await Xattrs.load();
  const folder = temporaryFolder(t);
  const bytes = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]);
  writeFileSync(bytes, '');
  writeFileSync(join(folder, '\ufffd'), '');
  const xattr = { name: Buffer.from('user.x'), value: Buffer.from('x') };
  assert.notEqual(xattrs?.write(bytes, xattr), true);
  assert.deepEqual(xattrs?.read(Buffer.from(join(folder, '\ufffd'))).xattrs ?? [], []);
});

test('attributes that no entry takes are left out, and that is said', () => {
  const values = new Map([
    ['user.large', Buffer.alloc(65_537)],
    [`user.${'n'.repeat(251)}`, Buffer.from('x')],
    ...Array.from({ length: 1025 }, (_, i) => [`user.${i}`, Buffer.alloc(0)] as const),
  ]);
  const xattrs = new Xattrs({
    listAttributesSync: () => [...values.keys(), 'user.1'],
    getAttributeSync: (_, name) => values.get(name) as Buffer,
    setAttributeSync: () => undefined,
  });
  const { xattrs: taken, isComplete } = xattrs.read(Buffer.from('/any'));
  const names = taken.map(({ name }) => name.toString());
  assert.equal(isComplete, false);
  assert.equal(names.length, 1024);
  assert.equal(new Set(names).size, 1024);
  assert.ok(names.every((name) => /^user\.\d+$/.test(name)));
});

test('an attribute whose name is no text hides no others, and is told', () => {
  const missing = Object.assign(new Error('no data'), { code: 'ENODATA' });
  const xattrs = new Xattrs({
    listAttributesSync: () => ['user.a', 'user.m\ufffd', 'user.z'],
    getAttributeSync: (_, name) => {
      if (name.includes('\ufffd')) throw missing;
      return Buffer.from(name);
    },
    setAttributeSync: () => undefined,
  });
  const { xattrs: taken, isComplete } = xattrs.read(Buffer.from('/any'));
  assert.deepEqual(
    taken.map(({ name }) => name.toString()),
    ['user.a', 'user.z'],
  );
  assert.equal(isComplete, false);
});

test('an attribute that may not be read hides no others, and is told; one that is gone is not', () => {
  const reading = (code: string) => {
    const xattrs = new Xattrs({
      listAttributesSync: () => ['user.a', 'user.b', 'user.c'],
      getAttributeSync(_, name) {
        if (name === 'user.b') throw Object.assign(new Error(code), { code });
        return Buffer.from(name);
      },
      setAttributeSync: () => undefined,
    });
    const { xattrs: taken, isComplete } = xattrs.read(Buffer.from('/any'));
    return { names: taken.map(({ name }) => name.toString()), isComplete };
  };
  const names = ['user.a', 'user.c'];
  assert.deepEqual(reading('EACCES'), { names, isComplete: false });
  assert.deepEqual(reading('ENODATA'), { names, isComplete: true });
  assert.throws(() => reading('EIO'), { code: 'EIO' });
});

test('an attribute whose name is no text is not set under another', () => {
  const xattrs = new Xattrs({
    listAttributesSync: () => [],
    getAttributeSync: () => Buffer.alloc(0),
    setAttributeSync: () => assert.fail('it was set'),
  });
  const name = Buffer.from([...Buffer.from('user.'), 0xff]);
  assert.equal(xattrs.write(Buffer.from('/any'), { name, value: Buffer.alloc(0) }), false);
});
