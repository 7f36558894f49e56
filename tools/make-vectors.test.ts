import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeVectors, staleVectors } from './make-vectors.ts';

const ROOT = join(import.meta.dirname, '..');

test('staleVectors() finds every committed vector file as it would be made today', async () => {
  assert.deepEqual(await staleVectors(ROOT), []);
});

test('staleVectors() names a file that is missing', async () => {
  const stale = await staleVectors(import.meta.dirname);
  assert.ok(stale.includes('vectors/head/heads.json'));
});

test('makeVectors() makes every file in the folders of the formats', async () => {
  const made = [...(await makeVectors()).keys()].sort();
  const committed = ['backup-format', 'head', 'prune']
    .flatMap((folder) =>
      readdirSync(join(ROOT, 'vectors', folder)).map((name) => `${folder}/${name}`),
    )
    .sort();
  assert.deepEqual(made, committed);
});

test('makeVectors() lets at least half of all vectors fail', async () => {
  let cases = 0;
  let failures = 0;
  for (const text of (await makeVectors()).values()) {
    const file = JSON.parse(text) as { cases: unknown[]; failures: unknown[] };
    assert.ok(file.failures.length > 0);
    cases += file.cases.length;
    failures += file.failures.length;
  }
  assert.ok(failures >= cases, `${failures} of ${cases + failures} fail`);
});
