/** Types passwords. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { askHidden } from './hidden-line.ts';
import type { Terminal } from './terminal.ts';

function sitDown() {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const raw: boolean[] = [];
  Object.assign(stdin, { isTTY: true, setRawMode: (isRaw: boolean) => raw.push(isRaw) });
  let seen = '';
  stderr.on('data', (part) => {
    seen += part;
  });
  const terminal: Terminal = { env: {}, stdin, stdout, stderr, now: Date.now };
  return { terminal, stdin, raw, seen: () => seen };
}

const never = new AbortController().signal;

test('askHidden() takes a line, erased as people erase, and shows nothing of it', async () => {
  const { terminal, stdin, raw, seen } = sitDown();
  const asked = askHidden(terminal, never, 'Password: ');
  stdin.write('wrong\u0015päsx\u007f\u001b[Dsw');
  stdin.write('örd\r');
  assert.equal(await asked, 'pässwörd');
  assert.equal(seen(), 'Password: \n');
  assert.deepEqual(raw, [true, false]);
});

test('askHidden() leaves what was pasted behind the line to the next question', async () => {
  const { terminal, stdin } = sitDown();
  const asked = askHidden(terminal, never, '');
  stdin.write('first\nsecond\n');
  assert.equal(await asked, 'first');
  assert.equal(await askHidden(terminal, never, ''), 'second');
});

test('askHidden() takes no control character but ESC for the start of an escape sequence', async () => {
  const { terminal, stdin } = sitDown();
  const asked = askHidden(terminal, never, '');
  stdin.write('first\rOKsecond\r');
  assert.equal(await asked, 'first');
  assert.equal(await askHidden(terminal, never, ''), 'OKsecond');
  const erased = askHidden(terminal, never, '');
  stdin.write('wrong\u0015[right\r');
  assert.equal(await erased, '[right');
});

test('askHidden() leaves out an escape sequence that comes in pieces', async () => {
  const { terminal, stdin } = sitDown();
  const asked = askHidden(terminal, never, '');
  for (const part of ['ab\u001b', '[1;', '5Dc', 'd\u001bO', 'Ae', '\u001b', '\r\u001b[', 'D2\r']) {
    stdin.write(part);
  }
  assert.equal(await asked, 'abcde');
  assert.equal(await askHidden(terminal, never, ''), '2');
});

test('askHidden() ends with "cancelled" when it is stopped, and at the end of the input', async () => {
  const controller = new AbortController();
  const { terminal, raw } = sitDown();
  const asked = askHidden(terminal, controller.signal, '');
  controller.abort();
  await assert.rejects(asked, { code: 'cancelled' });
  assert.deepEqual(raw, [true, false]);
  const other = sitDown();
  const ended = askHidden(other.terminal, never, '');
  other.stdin.end();
  await assert.rejects(ended, { code: 'cancelled' });
});

test('askHidden() turns Ctrl-C into the signal that a terminal in raw mode does not send', async () => {
  const { terminal, stdin } = sitDown();
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  const asked = askHidden(terminal, controller.signal, '');
  stdin.write('secr\u0003');
  await assert.rejects(asked, { code: 'cancelled' });
});
