import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../command.ts';
import { findCommand } from './find-command.ts';
import { nearest } from './nearest.ts';
import { parseArguments } from './parse-arguments.ts';

const command: Command = {
  name: 'restore',
  summary: 'Restore',
  usage: '[NUMBER] --to DIR',
  description: [],
  operands: { least: 0, most: 1 },
  options: [
    { name: 'to', value: 'DIR', summary: 'Where' },
    { name: 'include', value: 'PATH', isList: true, summary: 'What' },
    { name: 'overwrite', summary: 'Replace' },
  ],
  examples: [],
  run: () => Promise.resolve(0),
};

test('parseArguments() tells options from operands in any order', () => {
  const { options, operands } = parseArguments(command, [
    ...['--include', 'a', '3', '--overwrite', '--to=x=y', '--include', 'b', '-q'],
  ]);
  assert.deepEqual(operands, ['3']);
  assert.equal(options.text('to'), 'x=y');
  assert.deepEqual(options.list('include'), ['a', 'b']);
  assert.ok(options.has('overwrite') && options.has('quiet') && !options.has('json'));
});

test('parseArguments() takes what follows -- as operands', () => {
  assert.deepEqual(parseArguments(command, ['--', '--to']).operands, ['--to']);
});

test('parseArguments() takes a lone - as a value', () => {
  assert.equal(parseArguments(command, ['--to', '-']).options.text('to'), '-');
});

const refused: [args: string[], message: RegExp, nextStep: RegExp][] = [
  [['--ovewrite'], /no option --ovewrite$/, /^Did you mean --overwrite\?$/],
  [['--zzzzzz'], /no option --zzzzzz$/, /holdfast help restore/],
  [['--to'], /--to needs a value \(DIR\)$/, /holdfast help restore/],
  [['--to', '--overwrite'], /--to needs a value/, /write it as --to=VALUE/],
  [['-rf'], /no option -r$/, /written as \.\/-r, or after --/],
  [['--to='], /--to needs a value/, /holdfast help restore/],
  [['--to', 'a', '--to=b'], /--to is given twice$/, /holdfast help restore/],
  [['--overwrite=yes'], /--overwrite takes no value$/, /holdfast help restore/],
  [['1', '2'], /too much stands after it$/, /holdfast restore \[NUMBER\] --to DIR$/],
];
for (const [args, message, nextStep] of refused) {
  test(`parseArguments() refuses ${args.join(' ')}`, () => {
    assert.throws(() => parseArguments(command, args), { code: 'usage', message, nextStep });
  });
}

const names = ['backup', 'snapshots', 'key show', 'key verify', 'help'];

test('findCommand() finds a command behind options that every command takes', () => {
  assert.deepEqual(findCommand(['--store', 'backup', '--json', 'key', 'show', 'x'], names), {
    name: 'key show',
    rest: ['--store', 'backup', '--json', 'x'],
  });
  assert.equal(findCommand(['--json'], names).name, null);
});

test('findCommand() says what was meant', () => {
  assert.throws(() => findCommand(['bakcup'], names), { nextStep: /"holdfast backup"/ });
  assert.throws(() => findCommand(['snap'], names), { nextStep: /"holdfast snapshots"/ });
  assert.throws(() => findCommand(['key', 'x'], names), { nextStep: /holdfast key verify/ });
  assert.throws(() => findCommand(['key', 'shwo'], names), { nextStep: /"holdfast key show"/ });
});

test('nearest() suggests nothing for a word unlike all others', () => {
  assert.equal(nearest('qqqq', names), null);
  assert.equal(nearest('hepl', names), 'help');
});
