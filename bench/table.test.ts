import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownTable, terminalTable } from './table.ts';

const table = {
  title: 'Sizes',
  columns: ['tool', 'MB'],
  rows: [
    ['restic', '1.5'],
    ['borg', '–'],
  ],
};

test('terminalTable() sets the first column left and the others right', () => {
  assert.equal(
    terminalTable(table),
    ['Sizes', '', 'tool     MB', '──────  ───', 'restic  1.5', 'borg      –', ''].join('\n'),
  );
});

test('markdownTable() marks the columns after the first as right-aligned', () => {
  const lines = ['| tool   |  MB |', '| ------ | --: |', '| restic | 1.5 |', '| borg   |   – |'];
  assert.equal(markdownTable(table), `**Sizes**\n\n${lines.join('\n')}\n`);
});
