import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { makeVectors, staleVectors } from './make-vectors.ts';

const ROOT = join(import.meta.dirname, '..');
let made: ReadonlyMap<string, Uint8Array>;

before(async () => {
  made = await makeVectors();
});

test('makeVectors() makes every committed vector file as it is, and there are no others', () => {
  assert.deepEqual(staleVectors(ROOT, made), []);
});

test('staleVectors() names files that are missing, and those that nothing makes', () => {
  const missing = staleVectors(join(ROOT, 'spec'), made);
  assert.deepEqual(
    missing,
    [...made.keys()].map((path) => `vectors/${path}`),
  );
  const strange = staleVectors(ROOT, new Map([...made].slice(1)));
  assert.deepEqual(strange, [`vectors/${[...made.keys()][0]}`]);
});

test('makeVectors() lets at least half of all vectors fail', () => {
  let cases = 0;
  let failures = 0;
  for (const [path, bytes] of made) {
    if (!path.endsWith('.json')) continue;
    const file = JSON.parse(new TextDecoder().decode(bytes)) as {
      cases: unknown[];
      failures: unknown[];
    };
    assert.ok(file.failures.length > 0);
    cases += file.cases.length;
    failures += file.failures.length;
  }
  assert.ok(failures >= cases, `${failures} of ${cases + failures} fail`);
});
