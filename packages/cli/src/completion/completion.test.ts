/** Completion scripts name everything that the commands' data names, and the shells accept them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMAND_TABLE } from '../commands/index.ts';
import { completionScript } from './index.ts';

const commands = await Promise.all(COMMAND_TABLE.names.map(COMMAND_TABLE.load));
const SHELLS = ['bash', 'zsh', 'fish'] as const;

for (const shell of SHELLS) {
  test(`The ${shell} completion names every command and option`, () => {
    const script = completionScript(shell, commands);
    for (const { name, options } of commands) {
      for (const word of name.split(' ')) assert.ok(script.includes(word), name);
      for (const option of options) assert.ok(script.includes(option.name), option.name);
    }
  });

  const isThere = spawnSync(shell, ['-c', 'true']).status === 0;
  test(`${shell} accepts its completion`, {
    skip: isThere ? false : `NOT RUN: ${shell} is not installed`,
  }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const script = join(folder, 'completion');
    writeFileSync(script, completionScript(shell, commands));
    const { status, stderr } = spawnSync(shell, ['-n', script], { encoding: 'utf8' });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });
}

const hasZsh = spawnSync('zsh', ['-c', 'true']).status === 0;
test('zsh takes the completion with nothing set up before', {
  skip: hasZsh ? false : 'NOT RUN: zsh is not installed',
}, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const script = join(folder, 'completion');
  writeFileSync(script, completionScript('zsh', commands));
  const { stdout, stderr } = spawnSync(
    'zsh',
    ['-f', '-c', `source ${script}; print $_comps[holdfast]`],
    {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder, ZDOTDIR: folder },
    },
  );
  assert.deepEqual({ stdout, stderr }, { stdout: '_holdfast\n', stderr: '' });
});

const completed: [line: string[], replies: string[]][] = [
  [['bac'], ['backup']],
  [['key', 'v'], ['verify']],
  [['key', 'sheet', '--o'], ['--out']],
  [['help', 'exit'], ['exit-codes']],
  [['schedule', 'ho'], ['hourly']],
  [['schedule', 'daily', 'comm'], ['commands']],
  [['backup', 'comm'], ['commands']],
  [['forget', 'comm'], ['']],
];
for (const [line, replies] of completed) {
  test(`bash completes "holdfast ${line.join(' ')}" to ${replies.join(' ')}`, () => {
    const words = ['holdfast', ...line].map((word) => `'${word}'`).join(' ');
    const run = `COMP_WORDS=(${words}); COMP_CWORD=${line.length}
      _holdfast holdfast "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', completionScript('bash', commands) + run], {
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '..'),
    });
    assert.deepEqual(stdout.trim().split('\n'), replies, stderr);
  });
}
