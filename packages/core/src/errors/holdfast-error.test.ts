import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';
import { HoldfastError } from './holdfast-error.ts';

test('every code has an HTTP status, an exit code other than success, and a remedy', () => {
  for (const [code, row] of Object.entries(ERROR_CODES)) {
    const error = new HoldfastError(code as ErrorCode, 'Cannot test: it is a test');
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    assert.ok(error.httpStatus >= 400 && error.httpStatus < 600);
    assert.ok(error.exitCode >= 1 && error.exitCode <= 130);
    assert.equal(error.remedy, row.remedy);
  }
});

test('an error keeps its cause and details', () => {
  const cause = new Error('EIO');
  const error = new HoldfastError('damaged', 'Cannot open a pack: it is damaged', {
    cause,
    details: { objectName: 'packs/00' },
  });
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'HoldfastError');
  assert.equal(error.cause, cause);
  assert.equal(error.details.objectName, 'packs/00');
});

test('an error without a cause has none, not an undefined one', () => {
  const error = new HoldfastError('damaged', 'Cannot open a pack: it is damaged');
  assert.ok(!('cause' in error));
  assert.deepEqual(error.details, {});
});
