import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayWidth } from '../terminal/table.ts';
import { formatSnapshotTable, formatSnapshotText } from './snapshot-table.ts';

const short = {
  number: 1,
  atMs: Date.UTC(2026, 10, 22, 12),
  fileCount: 1,
  totalBytes: 5,
  bytesAdded: 786_432,
  deviceName: 'laptop',
  sources: [Buffer.from('/home/ada/signal')],
};
const long = {
  ...short,
  number: 10,
  sources: [
    Buffer.from('/home/ada/Pictures/A long folder name/WhatsApp'),
    Buffer.from(`/media/${'x'.repeat(40)}`),
  ],
};

test('formatSnapshotTable() breaks only the sources that are too long', () => {
  const lines = formatSnapshotTable([short, long], '/home/ada', 79) ?? [];
  const at = lines[0]?.indexOf('Sources') as number;
  assert.ok(at > 0 && lines.every((line) => displayWidth(line) <= 79));
  assert.match(lines[1] ?? '', / 1 {2}2026-11-22 .* laptop {2}~\/signal$/);
  const broken = lines.slice(2).map((line) => line.slice(at));
  assert.equal(broken.join(''), `~/Pictures/A long folder name/WhatsApp/media/${'x'.repeat(40)}`);
  assert.ok(lines.slice(3).every((line) => line.slice(0, at).trim() === ''));
});

test('formatSnapshotTable() breaks nothing where there is no terminal', () => {
  const lines = formatSnapshotTable([short, long], '/home/ada', Number.POSITIVE_INFINITY);
  assert.equal(lines?.length, 3);
});

test('formatSnapshotText() stands in for a table that a narrow terminal has no room for', () => {
  assert.equal(formatSnapshotTable([short], '/home/ada', 40), null);
  assert.match(
    formatSnapshotText(short, '/home/ada'),
    /^1 {2}2026-11-22 .* {2}~\/signal, 1 file, 5 B, 786 kB added, by laptop$/,
  );
});
