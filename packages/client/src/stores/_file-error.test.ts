import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '@holdfast/core/errors';
import { asFileError } from './_file-error.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: some path, some call`), { errno: -1, code });
}

test('errors of the file system get the code that says what to do', () => {
  for (const [system, code] of [
    ['ENOSPC', 'store-full'],
    ['EDQUOT', 'store-full'],
    ['EACCES', 'store-denied'],
    ['EPERM', 'store-denied'],
    ['EROFS', 'store-denied'],
    ['ENOTDIR', 'store-invalid'],
    ['EIO', 'store-unreachable'],
    ['ESTALE', 'store-unreachable'],
    ['ENOENT', 'store-unreachable'],
  ] as const) {
    const cause = systemError(system);
    const error = asFileError(cause, 'write heads/1', { objectName: 'heads/1' });
    assert.ok(error instanceof HoldfastError);
    assert.equal(error.code, code);
    assert.equal(error.cause, cause);
    assert.equal(error.details.objectName, 'heads/1');
    const isAboutAll = ['ENOSPC', 'EDQUOT', 'EROFS'].includes(system);
    assert.match(
      error.message,
      isAboutAll ? /^Cannot write to the store: / : /^Cannot write heads\/1: /,
    );
  }
});

test('what a missing file means is for the caller to say', () => {
  const ifMissing = { code: 'store-invalid', state: 'there is no such folder' } as const;
  assert.deepEqual(
    asFileError(systemError('ENOENT'), 'open the store', { ifMissing }),
    new HoldfastError('store-invalid', 'Cannot open the store: there is no such folder', {
      cause: systemError('ENOENT'),
    }),
  );
});

test('errors that do not come from the system stay as they are', () => {
  for (const error of [new HoldfastError('damaged', 'Cannot x: y'), new RangeError('z')]) {
    assert.equal(asFileError(error, 'write heads/1'), error);
  }
});
