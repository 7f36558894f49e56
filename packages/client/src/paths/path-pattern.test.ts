import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchAny, matchWithin, plainPath } from './path-pattern.ts';

function names(path: string): Uint8Array[] {
  return path.split('/').map((name) => Buffer.from(name));
}

const CASES: [pattern: string, path: string, matches: boolean][] = [
  ['*.tmp', 'source/a.tmp', true],
  ['*.tmp', 'source/deep/a.tmp', true],
  ['*.tmp', 'source/a.tmp.txt', false],
  ['cache', 'source/cache', true],
  ['cache/', 'source/cache', true],
  ['cache', 'source/cached', false],
  ['source/cache', 'source/cache', true],
  ['/source/cache/', 'source/cache', true],
  ['./source/cache', 'source/cache', true],
  ['source/*/cache', 'source/a/cache', true],
  ['source/*/cache', 'source/a/b/cache', false],
  ['source/**/cache', 'source/a/b/cache', true],
  ['source/**/cache', 'source/cache', true],
  ['**/cache', 'source/a/cache', true],
  ['a?c', 'source/abc', true],
  ['a?c', 'source/ac', false],
  ['a[1].txt', 'source/a[1].txt', true],
  ['a[1].txt', 'source/a1.txt', false],
  ['*.(jpg|png)', 'source/a.jpg', false],
  ['a.c', 'source/abc', false],
  ['a?c', 'source/a\u{1f600}c', true],
  ['a*c', 'source/a\nc', true],
  ['**.txt', 'source/a.txt', true],
  ['source/a**/c', 'source/a/c', true],
  ['source/a**/c', 'source/ac', false],
  ['source/a**c', 'source/a/b/c', true],
  ['*', 'source/anything', true],
  ['IMG*', 'source/img', false],
  ['.*', 'source/.hidden', true],
  ['*', 'source/.hidden', true],
  ['source/**', 'source/.hidden/x', true],
];

describe('a pattern', () => {
  for (const [pattern, path, matches] of CASES) {
    const verb = matches ? 'matches' : 'does not match';
    test(`${pattern} ${verb} ${path}`, () => {
      assert.equal(matchAny([pattern])(names(path)), matches);
    });
  }

  test('of a folder matches what is in it, when asked so', () => {
    assert.equal(matchWithin(['cache'])(names('source/cache/deep/file')), true);
    assert.equal(matchAny(['cache'])(names('source/cache/deep/file')), false);
    assert.equal(matchWithin([])(names('source')), false);
  });

  test('never throws, whatever it is', () => {
    for (const pattern of ['[', '(', '{a', '\\', '***', '!(', '[!', '', '/']) {
      assert.equal(typeof matchAny([pattern])(names('source/a')), 'boolean', pattern);
    }
  });
});

describe('plainPath()', () => {
  test('gives the names of a path without wildcards, and null for all else', () => {
    const texts = (pattern: string) => plainPath(pattern)?.map((name) => String(Buffer.from(name)));
    assert.deepEqual(texts('/source/a b/'), ['source', 'a b']);
    assert.deepEqual(texts('a/[b] {c} (!)'), ['a', '[b] {c} (!)']);
    for (const pattern of ['source', 'source/*', 'a/b?', 'a/**/b']) {
      assert.equal(plainPath(pattern), null, pattern);
    }
  });
});
