import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDirectRefusal } from './direct-io.ts';

test('a refusal of direct writes is told from other failures', () => {
  const failure = (code: string): Error => Object.assign(new Error(code), { code });
  for (const code of ['EINVAL', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS']) {
    assert.ok(isDirectRefusal(failure(code)), code);
  }
  for (const code of ['ENOSPC', 'EIO', 'EBADF', 'EACCES']) {
    assert.ok(!isDirectRefusal(failure(code)), code);
  }
  assert.ok(!isDirectRefusal(new Error('no code')));
});
