import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeJsonLine, nameFields } from '../output/json-line.ts';
import { formatProgress, ProgressBar } from './progress-bar.ts';
import { formatBytes, formatCount, formatDuration, readDurationMs } from './quantities.ts';
import { displayWidth, formatTable, wrapText } from './table.ts';
import { wrapLine } from './wrap-line.ts';

const plain = (_: string, text: string): string => text;
const DRIVES_TERMINAL = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

test('encodeJsonLine() gives one line that reads back and holds no unsafe character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = encodeJsonLine({ text });
      assert.doesNotMatch(line.slice(0, -1), DRIVES_TERMINAL);
      assert.ok(line.endsWith('\n'));
      assert.deepEqual(JSON.parse(line), { text });
    }),
  );
});

test('encodeJsonLine() writes bytes as hex digits and keeps large numbers exact', () => {
  const line = encodeJsonLine({ id: Uint8Array.of(1, 255), small: 5n, large: 2n ** 60n });
  assert.equal(line, '{"id":"01ff","small":5,"large":"1152921504606846976"}\n');
});

test('nameFields() adds hex digits only for a name that is not UTF-8', () => {
  assert.deepEqual(nameFields(new TextEncoder().encode('é')), { path: 'é' });
  assert.deepEqual(nameFields(Uint8Array.of(0x61, 0xff)), { path: 'a\ufffd', pathHex: '61ff' });
});

test('formatBytes() has three digits at most', () => {
  const shown = [0, 999, 1000, 9994, 99_940, 999_499, 999_500, 310e6, 1.9e12].map(formatBytes);
  assert.deepEqual(shown, [
    ...['0 B', '999 B', '1.00 kB', '9.99 kB', '99.9 kB', '999 kB', '1.00 MB', '310 MB', '1.90 TB'],
  ]);
});

test('formatDuration() names the two largest units', () => {
  const shown = [0, 400, 9960, 59_400, 59_600, 200_000, 7_500_000, 3 * 86_400_000].map(
    formatDuration,
  );
  assert.deepEqual(shown, [
    ...['under 0.1 s', '0.4 s', '10 s', '59 s', '1 min', '3 min 20 s', '2 h 5 min', '3 days'],
  ]);
});

test('formatCount() separates thousands', () => {
  assert.deepEqual([0, 999, 1000, 1234567].map(formatCount), ['0', '999', '1,000', '1,234,567']);
});

test('readDurationMs() reads seconds to weeks, and nothing else', () => {
  assert.equal(readDurationMs('0s'), 0);
  assert.equal(readDurationMs('90m'), 5_400_000);
  assert.equal(readDurationMs('1w'), 604_800_000);
  for (const text of ['', '2', 'd', '2 d', '-2d', '1.5h', '2days']) {
    assert.equal(readDurationMs(text), null);
  }
});

test('formatTable() lines up wide characters', () => {
  const lines = formatTable(
    [
      ['#', 'Name', 'Size'],
      ['10', '日本', '5'],
      ['9', 'abcd', '1234'],
    ],
    [0, 2],
  );
  assert.deepEqual(lines, [' #  Name  Size', '10  日本     5', ' 9  abcd  1234']);
});

test('wrapText() keeps lines within the width', () => {
  assert.deepEqual(wrapText('one two three', 8), ['one two', 'three']);
});

test('wrapLine() breaks lines on a terminal only, and keeps their indents', () => {
  const line = 'holdfast: Cannot write to the store: its disk is full';
  const stream = new PassThrough();
  assert.deepEqual(wrapLine(line, stream, '          '), [line]);
  const terminal = Object.assign(stream, { isTTY: true, columns: 40 });
  assert.deepEqual(wrapLine(line, terminal, '          '), [
    'holdfast: Cannot write to the store:',
    '          its disk is full',
  ]);
  const coloured = '  \u001b[33mWarning:\u001b[39m one two three four five six';
  assert.deepEqual(wrapLine(`${coloured} seven`, terminal), [coloured, 'seven']);
});

test('wrapLine() goes on below the value that follows a label', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
  assert.deepEqual(wrapLine('  Files  12 new, 3 changed, 1 removed, 40 unchanged', terminal), [
    '  Files  12 new, 3 changed, 1 removed,',
    '         40 unchanged',
  ]);
});

test('A terminal of no columns is taken for one of 80', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 0 });
  const line = 'holdfast: Cannot write to the store: its disk is full';
  assert.deepEqual(wrapLine(line, terminal), [line]);
});

const progress = {
  phase: 'backing-up',
  itemsDone: 1204,
  bytesDone: 1.27e9,
  bytesTotal: 1.9e9,
  bytesPerSecond: 84.2e6,
  secondsLeft: 7.4,
};

test('formatProgress() fits the terminal', () => {
  assert.equal(
    formatProgress(progress, 80, plain),
    'Backing up  ━━━━━━━━━━━━──────   66%  1.27 of 1.90 GB  84.2 MB/s  8 s left',
  );
  for (const columns of [30, 40, 60, 70, 80, 120, 200]) {
    assert.ok(displayWidth(formatProgress(progress, columns, plain)) < columns, `${columns}`);
  }
});

test('formatProgress() without totals counts items', () => {
  const { bytesTotal: _, secondsLeft: __, ...open } = progress;
  assert.equal(formatProgress(open, 80, plain), 'Backing up  1,204 items  1.27 GB  84.2 MB/s');
});

test('formatProgress() believes no total that was passed already', () => {
  const passed = { ...progress, bytesTotal: 3e6, itemsTotal: 4, secondsLeft: 0 };
  const line = formatProgress(passed, 80, plain);
  assert.equal(line, 'Backing up  1,204 items  1.27 GB  84.2 MB/s');
});

test('ProgressBar redraws at most ten times a second and takes itself away', () => {
  let nowMs = 0;
  let written = '';
  const stream = {
    columns: 80,
    write: (text: string) => {
      written += text;
      return true;
    },
  } as unknown as NodeJS.WriteStream;
  const bar = new ProgressBar(stream, plain, () => nowMs);
  for (; nowMs < 200; nowMs += 10) bar.show({ ...progress, bytesDone: nowMs * 1e6 });
  assert.equal(written.match(/\r/g)?.length, 2);
  bar.erase();
  assert.ok(written.endsWith('\r\u001b[2K'));
});
