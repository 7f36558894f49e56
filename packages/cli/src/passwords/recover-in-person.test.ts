/** Plays the person who recovers by password from paper, at a vault that takes two guesses. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startVault } from '@holdfast/testing/vault-process';
import { main } from '../main.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Screen {
  readonly exitCode: number;
  readonly seen: string;
}

/** Answers each prompt in turn, once it is on the screen. */
async function play(
  home: string,
  args: readonly string[],
  answers: readonly (readonly [prompt: string, answer: string])[] = [],
): Promise<Screen> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()].map(
    (stream) => Object.assign(stream, { isTTY: true, columns: 200 }),
  ) as unknown as [PassThrough, PassThrough, PassThrough];
  let seen = '';
  for (const stream of [stdout, stderr]) {
    stream.on('data', (part) => {
      seen += part;
    });
  }
  const env = { NO_COLOR: '1', TERM: 'dumb', HOLDFAST_HOME: home };
  const terminal: Terminal = { env, stdin, stdout, stderr, now: Date.now };
  let isOver = false;
  const ended = main(args, terminal).finally(() => {
    isOver = true;
  });
  let read = 0;
  for (const [prompt, answer] of answers) {
    while (!isOver && !seen.slice(read).includes(prompt)) await setTimeout(10);
    assert.ok(seen.slice(read).includes(prompt), `"${prompt}" was not asked:\n${seen}`);
    read = seen.length;
    stdin.write(`${answer}\n`);
  }
  return { exitCode: await ended, seen };
}

/** A backup with a password, and its sheet. */
async function sitDown(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-person-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const vault = await startVault(join(folder, 'vault'), ['--guess-limit', '2']);
  t.after(() => process.kill(vault.pid, 'SIGKILL'));
  const [home, store, sheet] = ['home', 'store', 'sheet.txt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(home);
  writeFileSync(join(folder, 'password'), 'lamp ridge otter spoon');
  for (const args of [
    ['init', '--store', store, '--key-out', join(folder, 'key')],
    ['vault', 'trust', vault.url, '--fingerprint', vault.fingerprint],
    ['password', 'set', '--sheet', sheet, '--password-file', join(folder, 'password')],
  ]) {
    const { exitCode, seen } = await play(home, args);
    assert.equal(exitCode, 0, seen);
  }
  const rows = readFileSync(sheet, 'utf8').match(/[1-4] {2}[0-9a-f]{4} [0-9a-f]{4} {2}[A-Z]/g);
  const other = join(folder, 'other');
  return { vault, sheet, rows: rows?.join('\n') ?? '', other, store };
}

test('what is on the sheet is asked for from top to bottom, and then the password', async (t) => {
  const { vault, rows, other, store } = await sitDown(t);
  const { exitCode, seen } = await play(
    other,
    ['recover', '--method', 'password', '--store', store],
    [
      ['Row 1', rows],
      ['Is it the "Backup" on your recovery sheet?', 'sure'],
      ['That is neither yes nor no.', 'yes'],
      ['Threshold, as on the sheet', '1 of 1'],
      ['Address of a vault on the sheet', ''],
      ['1 of the vaults is needed.', vault.url],
      ['Is it the same?', 'y'],
      ['Address of a vault on the sheet', ''],
      ['Password', 'lamp ridge otter spoon'],
    ],
  );
  assert.equal(exitCode, 0, seen);
  assert.match(seen, /The password is right, and this device keeps the key from now on/);
});

test('after the last guess nobody is asked to try again', async (t) => {
  const { sheet, other } = await sitDown(t);
  const { exitCode, seen } = await play(
    other,
    ['recover', '--method', 'password', '--sheet', sheet],
    [
      ['Password', 'wrong'],
      ['1 guess is left', 'yes'],
      ['Password', 'wrong again'],
    ],
  );
  assert.equal(exitCode, 12);
  assert.match(seen, /That was the last guess: the vaults take no more\.\n$/);
  assert.equal(seen.match(/Try again\?/g)?.length, 1);
});
