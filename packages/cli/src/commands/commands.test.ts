/** Promises that hold for every command's data. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCommand } from '../arguments/find-command.ts';
import { parseArguments } from '../arguments/parse-arguments.ts';
import { formatCommandHelp } from '../help/command-help.ts';
import { formatOverview } from '../help/overview.ts';
import { displayWidth } from '../terminal/table.ts';
import { COMMAND_TABLE } from './index.ts';

const commands = await Promise.all(COMMAND_TABLE.names.map(COMMAND_TABLE.load));
const plain = (_: string, text: string): string => text;

test('Every command is listed under its own name', () => {
  assert.deepEqual(
    commands.map(({ name }) => name),
    COMMAND_TABLE.names,
  );
  const overview = formatOverview(commands, plain, 78).join('\n');
  for (const { name, summary } of commands) {
    assert.match(overview, new RegExp(`^  ${name} +${summary}$`, 'm'));
  }
});

for (const command of commands) {
  test(`The help of ${command.name} fits 80 and 40 columns`, () => {
    const examples = command.examples.map(({ line }) => `  ${line}`);
    for (const columns of [78, 39]) {
      for (const line of formatCommandHelp(command, plain, columns)) {
        // What may be pasted into a shell stays in one line.
        assert.ok(displayWidth(line) <= columns || examples.includes(line), line);
        assert.equal(line, line.trimEnd());
      }
    }
    for (const { summary } of command.options) assert.match(summary, /^[A-Z].*[^.]$/);
    assert.match(command.summary, /^[A-Z].*[^.]$/);
  });

  test(`The examples of ${command.name} are accepted`, () => {
    for (const { line } of command.examples) {
      const words =
        line
          .replace(/^source <\((.*)\)$/, '$1')
          .split(/ [>|] /)[0]
          ?.replaceAll(' ~/', ' /home/ada/')
          ?.split(' ') ?? [];
      const { name, rest } = findCommand(words.slice(1), COMMAND_TABLE.names);
      assert.equal(name, command.name);
      parseArguments(command, rest);
    }
  });
}
