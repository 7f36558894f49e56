import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '@holdfast/core/errors';
import pg from 'pg';
import { isRetryable, postgresError } from './postgres-error.ts';

function answered(sqlState: string): Error {
  const error = new pg.DatabaseError('as PostgreSQL says it', 21, 'error');
  error.code = sqlState;
  return error;
}

function broken(code: string): Error {
  return Object.assign(new Error('as the system says it'), { code });
}

test('what undid a transaction for the sake of others is tried again, and nothing else', () => {
  assert.ok(['40001', '40P01'].map(answered).every(isRetryable));
  assert.ok(!['40003', '57014', '57P01', '23505'].map(answered).some(isRetryable));
  assert.ok(!isRetryable(broken('40001')));
});

test('a change has an unknown outcome when its answer can have come too late, or did not come', () => {
  for (const error of [
    ...['08006', '40003', '57P01', '57P02', '58030', 'XX000'].map(answered),
    // Five capital letters, and no SQLSTATE for that.
    ...['EPIPE', 'ECONNRESET'].map(broken),
    new Error('Query read timeout'),
  ]) {
    assert.equal(postgresError('change', error).code, 'outcome-unknown');
    assert.notEqual(postgresError('read', error).code, 'outcome-unknown');
  }
});

test('a change that PostgreSQL refused was not made, and the reason is told', () => {
  for (const [sqlState, code] of [
    ['40P01', 'contention'],
    ['55P03', 'contention'],
    ['57014', 'contention'],
    ['25006', 'store-unreachable'],
    ['42501', 'store-denied'],
    ['42P01', 'damaged'],
    ['53100', 'disk-full'],
    ['53300', 'store-unreachable'],
    ['XX001', 'damaged'],
    ['99999', 'store-unreachable'],
  ] as const) {
    const error = postgresError('change', answered(sqlState));
    assert.equal(error.code, code, sqlState);
    assert.ok(error.message.endsWith(`(SQLSTATE ${sqlState})`));
  }
});

test('an error of ours stays as it is, and one of others loses all but what it says', () => {
  const own = new HoldfastError('database-unsafe', 'Cannot use it: it is unsafe');
  assert.equal(postgresError('change', own), own);
  const client = { password: 'hunter2' };
  const { cause } = postgresError('open', Object.assign(answered('28P01'), { client }));
  assert.deepEqual(Object.keys(cause as object), []);
  assert.equal((cause as Error).message, 'as PostgreSQL says it');
});
