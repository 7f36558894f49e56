import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { safeAgain, safeName } from './safe-text.ts';

const DRIVES_TERMINAL = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

test('safeName() writes what could drive a terminal as escapes', () => {
  const name = new TextEncoder().encode('a\u001b[2J\n\t\u0085\u202etxt.exe\u200b\\日本');
  assert.equal(safeName(name), 'a\\x1b[2J\\n\\t\\u{85}\\u{202e}txt.exe\\u{200b}\\\\日本');
  assert.equal(safeName(Uint8Array.of(0x61, 0xff, 0xe6, 0x97, 0xc3, 0xa9)), 'a\\xff\\xe6\\x97é');
});

test('safeAgain() escapes what is unsafe and leaves escapes as they are', () => {
  assert.equal(safeAgain('a\\nb\u001b[2J\\\\'), 'a\\nb\\x1b[2J\\\\');
});

test('safeName() shows no unsafe character and tells any two names apart', () => {
  const name = fc.uint8Array({ maxLength: 12 });
  fc.assert(
    fc.property(name, name, (a, b) => {
      assert.doesNotMatch(safeName(a), DRIVES_TERMINAL);
      assert.equal(safeName(a) === safeName(b), Buffer.from(a).equals(b));
    }),
  );
});
