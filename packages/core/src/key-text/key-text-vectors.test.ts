/** Runs vectors/key-text: every case with its result, every failure with its code and rows. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HoldfastError } from '../errors/index.ts';
import { findKeyTypos } from './find-key-typos.ts';
import { formatKey } from './format-key.ts';
import { parseKey } from './parse-key.ts';
import { ACCOUNT_CODE } from './written-form.ts';

interface Case {
  name: string;
  keyHex: string;
  codeHex: string;
  typedHex: string;
  text: string;
  code: string;
  rows?: string[] | number[] | null;
  checkedRows: number[];
}

function readVectors(name: string): { cases: Case[]; failures: Case[] } {
  const url = new URL(`../../../../vectors/key-text/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

const format = readVectors('format');
for (const vector of format.cases) {
  test(`formatKey() prints the vector: ${vector.name}`, () => {
    assert.deepEqual(formatKey(Uint8Array.fromHex(vector.keyHex)), vector.rows);
  });
}
for (const vector of format.failures) {
  test(`formatKey() refuses the vector: ${vector.name}`, () => {
    assert.throws(() => formatKey(Uint8Array.fromHex(vector.keyHex)), { name: vector.code });
  });
}

const parse = readVectors('parse');
for (const vector of parse.cases) {
  test(`parseKey() reads the vector: ${vector.name}`, () => {
    const parsed = parseKey(vector.text);
    assert.equal(parsed.bytes.toHex(), vector.keyHex);
    assert.deepEqual(parsed.checkedRows, vector.checkedRows);
  });
}
for (const vector of parse.failures) {
  test(`parseKey() refuses the vector: ${vector.name}`, () => {
    assert.throws(
      () => parseKey(vector.text),
      (error) => {
        assert.ok(error instanceof HoldfastError);
        assert.equal(error.code, vector.code);
        if (vector.rows !== undefined) assert.deepEqual(error.details.rows, vector.rows);
        return true;
      },
    );
  });
}

const codes = readVectors('account-code');
for (const vector of codes.cases) {
  test(`an account code is printed and read as in the vector: ${vector.name}`, () => {
    const bytes = Uint8Array.fromHex(vector.codeHex);
    assert.deepEqual(formatKey(bytes, ACCOUNT_CODE), vector.rows);
    const parsed = parseKey(vector.text, ACCOUNT_CODE);
    assert.deepEqual([parsed.bytes, parsed.checkedRows], [bytes, vector.checkedRows]);
  });
}
for (const vector of codes.failures) {
  test(`an account code is refused as in the vector: ${vector.name}`, () => {
    assert.throws(
      () => parseKey(vector.text, ACCOUNT_CODE),
      (error) => {
        assert.ok(error instanceof HoldfastError);
        assert.equal(error.code, vector.code);
        assert.match(error.message, /^Cannot read the account code: /);
        if (vector.rows !== undefined) assert.deepEqual(error.details.rows, vector.rows);
        return true;
      },
    );
  });
}

const typos = readVectors('typos');
for (const vector of [...typos.cases, ...typos.failures]) {
  test(`findKeyTypos() answers the vector: ${vector.name}`, async () => {
    const typed = Uint8Array.fromHex(vector.typedHex);
    const found = await findKeyTypos(typed, (candidate) => candidate.toHex() === vector.keyHex);
    assert.deepEqual(found?.rows ?? null, vector.rows);
    if (found !== null) assert.equal(found.bytes.toHex(), vector.keyHex);
  });
}
