import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '@holdfast/core/secret';
import { formatRecoverySheet, readRecoverySheet } from './recovery-sheet.ts';

const sheet = {
  storeUrl: 'file:/a&b/"<script>  x',
  backupId: Uint8Array.from({ length: 32 }, (_, index) => index * 7),
  accountCode: new Secret(Uint8Array.from({ length: 16 }, (_, index) => index * 13)),
  vaults: [
    { url: 'https://one.example', fingerprint: '0123456789abcdef'.repeat(4) },
    { url: 'https://two.example/path', fingerprint: 'fedcba9876543210'.repeat(4) },
  ],
  t: 2,
};
const atMs = Date.UTC(2026, 10, 22, 12);

for (const isHtml of [false, true]) {
  const form = isHtml ? 'a web page' : 'text';
  test(`readRecoverySheet() reads all that formatRecoverySheet() writes as ${form}`, () => {
    const { accountCode, ...rest } = readRecoverySheet(formatRecoverySheet(sheet, atMs, isHtml));
    const { accountCode: code, ...expected } = sheet;
    assert.deepEqual(rest, expected);
    assert.ok(accountCode.equals(code));
  });

  test(`readRecoverySheet() names what is spoilt in ${form}`, () => {
    const text = formatRecoverySheet(sheet, atMs, isHtml);
    const row = isHtml ? '<td>3441</td>' : '3441 4e5b';
    assert.ok(text.includes(row));
    assert.throws(() => readRecoverySheet(text.replace(row, row.replace('3441', '3442'))), {
      code: 'key-typo',
      details: { rows: [2] },
    });
    assert.throws(() => readRecoverySheet(text.replace('2 of 2', '3 of 2')), { code: 'usage' });
    assert.throws(() => readRecoverySheet(text.replace('fedc', 'fed')), { code: 'usage' });
    assert.throws(() => readRecoverySheet(text.replaceAll('Backup', 'Bakup')), { code: 'usage' });
  });
}

test('A recovery sheet as a web page fetches nothing and escapes the store', () => {
  const html = formatRecoverySheet(sheet, atMs, true);
  assert.doesNotMatch(html, /<script|src=|href=|url\(|@import/);
});

test('readRecoverySheet() refuses other texts', () => {
  for (const text of ['', 'hello', '<!doctype html><html>', '1  bf13 bd50  V']) {
    assert.throws(() => readRecoverySheet(text), { code: 'usage' });
  }
});
