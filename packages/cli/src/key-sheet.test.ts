import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatKey } from '@holdfast/core/key-text';
import { Secret } from '@holdfast/core/secret';
import { formatHtmlSheet, formatTextSheet } from './key-sheet.ts';

const bytes = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const facts = {
  storeUrl: 'file:/a&b/"<script>',
  backupId: new Uint8Array(32).fill(0xab),
  atMs: Date.UTC(2026, 10, 22, 12),
};

test('formatTextSheet() holds every row of the key, the store and the date', () => {
  const sheet = formatTextSheet(new Secret(bytes), facts);
  for (const row of formatKey(bytes)) assert.ok(sheet.includes(`    ${row}\n`));
  assert.ok(sheet.includes(facts.storeUrl) && sheet.includes('2026-11-22'));
  assert.ok(sheet.split('\n').every((line) => line.length <= 72));
});

test('formatHtmlSheet() fetches nothing and escapes the store', () => {
  const sheet = formatHtmlSheet(new Secret(bytes), facts);
  for (const row of formatKey(bytes)) {
    for (const part of row.split(/ +/)) assert.ok(sheet.includes(`>${part}<`));
  }
  assert.ok(sheet.includes('file:/a&amp;b/&quot;&lt;script&gt;'));
  assert.doesNotMatch(sheet, /<script|src=|href=|url\(|@import/);
});
