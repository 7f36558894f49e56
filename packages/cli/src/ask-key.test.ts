/** Plays the person at the terminal. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { formatKey } from '@holdfast/core/key-text';
import { Options } from './arguments/options.ts';
import { obtainKey } from './ask-key.ts';
import type { Invocation } from './command.ts';
import { COMMAND_TABLE } from './commands/index.ts';
import { Output } from './output/output.ts';
import type { Terminal } from './terminal/terminal.ts';

const bytes = Uint8Array.from({ length: 32 }, (_, index) => (index * 37 + 5) & 255);
const rows = formatKey(bytes);

function sitDown(signal = new AbortController().signal): {
  invocation: Invocation;
  type: (text: string) => void;
  seen: () => string;
} {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()].map(
    (stream) => Object.assign(stream, { isTTY: true }),
  ) as unknown as [PassThrough, PassThrough, PassThrough];
  let seen = '';
  stderr.on('data', (part) => {
    seen += part;
  });
  const terminal: Terminal = { env: { NO_COLOR: '1' }, stdin, stdout, stderr, now: Date.now };
  const output = new Output(terminal, { isJson: false, isQuiet: false });
  const options = new Options(new Map());
  return {
    invocation: { options, operands: [], terminal, output, commands: COMMAND_TABLE, signal },
    type: (text) => stdin.write(text),
    seen: () => seen,
  };
}

test('obtainKey() asks row by row and names a wrong row at once', async () => {
  const { invocation, type, seen } = sitDown();
  const answer = obtainKey(invocation);
  const right = rows[1] as string;
  const wrong = `${right.slice(0, 11)}${right[11] === '0' ? 1 : 0}${right.slice(12)}`;
  type([rows[0], wrong, rows[2], ...rows.slice(1)].join('\n'));
  type('\n');
  assert.deepEqual((await answer).bytes, bytes);
  assert.match(seen(), /Row 2 does not match its check letter\. Type it again\./);
  assert.match(seen(), /Row 2 was asked for, but row 3 was typed\. Type it again\./);
});

test('obtainKey() asks no more questions while the rows of a paste come in', async () => {
  const { invocation, type, seen } = sitDown();
  const answer = obtainKey(invocation);
  for (const row of rows) {
    type(`${row}\n`);
    await setImmediate();
  }
  assert.deepEqual((await answer).bytes, bytes);
  assert.deepEqual(seen().match(/Row \d/g), ['Row 1']);
});

test('obtainKey() takes the whole key in one line', async () => {
  const { invocation, type } = sitDown();
  const answer = obtainKey(invocation);
  type(`${bytes.toHex()}\n`);
  const { bytes: read, checkedRows } = await answer;
  assert.deepEqual(read, bytes);
  assert.deepEqual(checkedRows, []);
});

test('obtainKey() ends with "cancelled" at Ctrl-C', async () => {
  const controller = new AbortController();
  const { invocation } = sitDown(controller.signal);
  const answer = obtainKey(invocation);
  controller.abort();
  await assert.rejects(answer, { code: 'cancelled', exitCode: 130 });
});

test('obtainKey() ends with "cancelled" at the end of the input', async () => {
  const { invocation } = sitDown();
  const answer = obtainKey(invocation);
  (invocation.terminal.stdin as PassThrough).end();
  await assert.rejects(answer, { code: 'cancelled' });
});
