import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMAND_TABLE } from './commands/index.ts';
import { main } from './main.ts';

async function run(...args: readonly string[]) {
  const printed = { stdout: '', stderr: '' };
  const write = (name: 'stdout' | 'stderr') => ({
    write(text: string) {
      printed[name] += text;
    },
  });
  const exitCode = await main(args, { env: {}, stdout: write('stdout'), stderr: write('stderr') });
  return { exitCode, ...printed };
}

test('without a command it lists all of them', async () => {
  const { exitCode, stdout, stderr } = await run();
  assert.equal(exitCode, 0);
  assert.equal(stderr, '');
  for (const name of COMMAND_TABLE.names) assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
  for (const args of [['help'], ['--help'], ['-h']]) {
    assert.equal((await run(...args)).stdout, stdout);
  }
});

for (const name of COMMAND_TABLE.names) {
  test(`the help of ${name} fits 80 columns, and every example is what the command takes`, async () => {
    const { exitCode, stdout } = await run('help', ...name.split(' '));
    assert.equal(exitCode, 0);
    assert.match(stdout, new RegExp(`^Usage  holdfast-server ${name}`));
    for (const line of stdout.split('\n')) {
      if (!line.includes('holdfast-server')) assert.ok(line.length < 80, line);
    }
    const command = await COMMAND_TABLE.load(name);
    assert.equal(command.name, name);
    for (const { line } of command.examples) assert.match(line, /^holdfast-server /);
    if (name !== 'help') {
      assert.equal((await run(...name.split(' '), '--help')).stdout, stdout);
    }
  });
}

const WRONG: readonly (readonly [args: string, stderr: string])[] = [
  [
    'vualt',
    'holdfast-server: Cannot run "vualt": no such command\n                 Did you mean "holdfast-server vault"?\n',
  ],
  [
    'hsm',
    'holdfast-server: Cannot run "hsm": it needs a second word\n                 One of: holdfast-server hsm init, holdfast-server hsm status, holdfast-server hsm rotate.\n',
  ],
  [
    'vault --lsten x',
    'holdfast-server: Cannot run vault: there is no option --lsten\n                 Did you mean --listen?\n',
  ],
  ['vault --data', 'holdfast-server: Cannot run vault: --data needs a value (DIR)\n'],
  [
    'vault --data -x',
    'holdfast-server: Cannot run vault: --data needs a value (DIR)\n                 If the value begins with a dash, write it as --data=VALUE.\n',
  ],
  ['vault --behind-proxy=1', 'holdfast-server: Cannot run vault: --behind-proxy takes no value\n'],
  ['vault --data a --data b', 'holdfast-server: Cannot run vault: --data is given twice\n'],
  [
    'vault more',
    'holdfast-server: Cannot run vault: it takes options only\n                 "holdfast-server help vault" lists the options.\n',
  ],
];

for (const [args, stderr] of WRONG) {
  test(`"${args}" is refused with what was meant`, async () => {
    assert.deepEqual(await run(...args.split(' ')), { exitCode: 2, stdout: '', stderr });
  });
}

test('version names itself and its Node.js', async () => {
  const { stdout } = await run('--version');
  assert.match(stdout, /^holdfast-server \d+\.\d+\.\d+ \(Node\.js \d+\.\d+\.\d+\)\n$/);
  assert.equal((await run('version')).stdout, stdout);
});

test('a reader that goes away before all is printed is no failure', {
  skip: process.platform === 'win32',
}, () => {
  const program = fileURLToPath(new URL('../bin/holdfast-server.js', import.meta.url));
  const script = '{ "$0" "$1" vault --help; echo "ended with $?" >&2; } 2>&1 >&3 3>&- | cat';
  const piped = `exec 3> >(exec true); wait $!; ${script}`;
  const printed = execFileSync('bash', ['-c', piped, process.execPath, program]).toString();
  assert.equal(printed, 'ended with 0\n');
});
