import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainSourceError } from './source-error.ts';
import { UnreadableError } from './workers/unreadable-error.ts';

test('explainSourceError() says in words why a file can not be read', () => {
  const denied = "Can't be read: the system does not permit it";
  assert.equal(explainSourceError(new UnreadableError('EACCES: open', 'EACCES')).message, denied);
  const error = Object.assign(new Error('EACCES: open'), { code: 'EACCES', syscall: 'open' });
  assert.deepEqual(explainSourceError(error), { code: 'unreadable', message: denied });
  const unknown = new UnreadableError('It became shorter', undefined);
  assert.equal(explainSourceError(unknown).message, "Can't be read: It became shorter");
});
