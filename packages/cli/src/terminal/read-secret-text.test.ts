/** Reads secrets in pieces, as a pipe brings them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { readSecretText } from './read-secret-text.ts';

const what = 'password file';

function inPieces(parts: readonly Uint8Array[]): PassThrough {
  const stdin = new PassThrough();
  for (const part of parts) stdin.write(part);
  return stdin.end();
}

test('readSecretText() joins a character that comes in two pieces, and wipes both', async () => {
  const bytes = Buffer.from('pässwörd\n');
  const parts = [bytes.subarray(0, 2), bytes.subarray(2)];
  assert.equal(await readSecretText({ name: '-', what }, inPieces(parts)), 'pässwörd\n');
  assert.ok(bytes.every((byte) => byte === 0));
});

test('readSecretText() refuses what is no UTF-8, or too long, or not there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-secret-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const latin = join(folder, 'latin');
  writeFileSync(latin, Buffer.from('pässwörd', 'latin1'));
  const stdin = inPieces([]);
  await assert.rejects(readSecretText({ name: latin, what }, stdin), {
    code: 'usage',
    message: 'Cannot read the password file: it is no text in UTF-8',
  });
  await assert.rejects(readSecretText({ name: join(folder, 'none'), what }, stdin), {
    message: 'Cannot read the password file: there is no such file or folder',
  });
  await assert.rejects(readSecretText({ name: '-', what }, inPieces([new Uint8Array(4097)])), {
    message: 'Cannot read the password file: it is longer than 4096 bytes',
  });
});
