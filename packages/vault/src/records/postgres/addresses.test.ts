import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { assertAddress } from './addresses.ts';

test('assertAddress() takes databases on the own machine, and others that say whether they use TLS', () => {
  for (const address of [
    'postgres://127.0.0.1/vault',
    'postgresql://vault:hunter2@localhost:5433/vault',
    'postgres://[::1]/vault',
    'postgres://vault@%2Fvar%2Frun%2Fpostgresql/vault',
    'postgres://vault@localhost/vault?host=/var/run/postgresql',
    'postgres://vault@db1.example.org/vault?sslmode=verify-full',
    'postgres://vault@db1.example.org/vault?sslmode=disable',
  ]) {
    assertAddress(address);
  }
});

test('assertAddress() refuses all else, and keeps the password to itself', () => {
  for (const address of [
    '',
    'hunter2',
    'mysql://vault:hunter2@localhost/vault',
    'postgres://vault:hunter2@no such host/vault',
    'postgres://vault:hunter2@/vault',
    'postgres:///vault?password=hunter2',
    'postgres://vault:hunter2@db1.example.org/vault',
    'postgres://vault:hunter2@10.0.0.1/vault',
    'postgres://vault:hunter2@127.0.0.1.example.org/vault',
    'postgres://vault:hunter2@localhost/vault?host=db1.example.org',
    'postgres://vault:hunter2@localhost/vault?sslmode=verify-full&sslrootcert=/no/such/hunter2',
  ]) {
    assert.throws(
      () => assertAddress(address),
      (error: { code?: unknown }) => {
        assert.equal(error.code, 'usage', address);
        assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes('hunter2'));
        return true;
      },
    );
  }
});
