// `npm run demo [-- FOLDER]`: the whole life of a backup with the real command line. A phone's chat
// history is backed up to a provider on this machine, a day goes by, it is backed up again, the phone is lost,
// and an empty one gets everything back with nothing but the 64-digit key; another one with a password, from a vault on
// this machine, which notices a provider that was put back a day, and which a thief is locked out of.
// With FOLDER the same happens to a folder of your own, which is only read.

import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { styleText } from 'node:util';
import { type ProviderProcess, startProvider } from '@holdfast/testing/provider-process';
import { addDay, generateSample } from '@holdfast/testing/sample-whatsapp';
import { startVault, type VaultProcess } from '@holdfast/testing/vault-process';
import { compareTrees } from './compare-trees.ts';

const SAMPLE = { messages: 20_000, mediaFiles: 300, mediaBytes: 60_000_000 };
const DAY = { newMessages: 200, editedFraction: 0.001, mediaFiles: 5, mediaBytes: 1_000_000 };

const PASSWORD = 'seven green lamps under water';
/** Fewer than vaults are wont to take, so that nobody has to wait between guesses. */
const GUESS_LIMIT = 3;

/** What an operator could do to the one backup that is there. */
const HIDE_NEWEST_HEAD = `
  DELETE FROM inline_bytes WHERE object =
    (SELECT row_id FROM objects WHERE name LIKE 'heads/%' ORDER BY name DESC LIMIT 1);
  DELETE FROM objects WHERE name LIKE 'heads/%' AND row_id NOT IN (SELECT object FROM inline_bytes);
  UPDATE accounts SET greatest_head = greatest_head - 1;
`;

interface Summary {
  readonly snapshot: number;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly totalBytes: number;
  readonly bytesAdded: number;
  readonly files: number;
  readonly bytes: number;
  readonly durationMs: number;
}

interface Refusal {
  readonly code: string;
  readonly guessesLeft: number;
}

/** One device: its own keys and memory, at the same store. */
function holdfast(home: string, args: readonly string[], input?: string): Summary {
  const { status, last } = run(home, args, input);
  if (status !== 0) throw new Error(`holdfast ${args[0]} ended with ${status}: ${last}`);
  return JSON.parse(last === '' ? '{}' : last);
}

/** What must not work. */
function refused(home: string, args: readonly string[], input: string): Refusal {
  const { status, last } = run(home, args, input);
  if (status === 0) throw new Error(`holdfast ${args[0]} should have been refused`);
  return JSON.parse(last);
}

function run(
  home: string,
  args: readonly string[],
  input?: string,
): { status: number | null; last: string } {
  const program = join(import.meta.dirname, '../packages/cli/bin/holdfast.js');
  const { status, stdout } = spawnSync(process.execPath, [program, ...args, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, HOLDFAST_HOME: home },
    maxBuffer: 1 << 28,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'],
    ...(input !== undefined && { input }),
  });
  return { status, last: stdout?.trimEnd().split('\n').at(-1) ?? '' };
}

function say(what: string, result: string): void {
  process.stdout.write(`  ${what.padEnd(34)} ${result}\n`);
}

function size(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`;
  const [value, unit] =
    bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  const digits = { maximumFractionDigits: 1, minimumFractionDigits: 1 };
  return `${value.toLocaleString('en', digits)} ${unit}`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

function seconds(ms: number): string {
  return ms < 50 ? 'under 0.1 s' : `${(ms / 1000).toFixed(1)} s`;
}

async function demo(own: string | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
  const keyFile = join(folder, 'key');
  const oldPhone = join(folder, 'old-phone');
  const newPhone = join(folder, 'new-phone');
  const source = own ?? join(folder, 'WhatsApp');
  let provider: ProviderProcess | null = null;
  let vault: VaultProcess | null = null;
  process.stdout.write(
    `\n${styleText('bold', 'Holdfast: a chat history, backed up and brought back')}\n\n`,
  );
  try {
    if (own === undefined) {
      const made = generateSample(source, SAMPLE);
      const media = count(made.mediaFiles, 'media file');
      say('A phone with', `${count(made.messages, 'message')}, ${media}`);
    } else {
      say('Your folder', source);
    }
    provider = await startProvider(join(folder, 'provider'));
    const store = provider.url;
    say('A provider on this machine', 'keeps backups, and can read none of them');
    holdfast(oldPhone, ['init', '--store', store, '--key-out', keyFile]);
    const first = holdfast(oldPhone, ['backup', source]);
    say(
      'First backup',
      `${size(first.totalBytes)} in ${seconds(first.durationMs)}, ` +
        `${size(first.bytesAdded)} sent, encrypted`,
    );
    if (own === undefined) {
      const day = addDay(source, DAY);
      say(
        'A day of chatting',
        `${count(day.messages, 'message')}, ${count(day.mediaFiles, 'media file')}`,
      );
    }
    const second = holdfast(oldPhone, ['backup', source]);
    say(
      own === undefined ? 'Backup of that day' : 'Backed up again',
      `${size(second.bytesAdded)} sent in ${seconds(second.durationMs)}`,
    );

    vault = await startVault(join(folder, 'vault'), ['--guess-limit', String(GUESS_LIMIT)]);
    const sheet = join(folder, 'recovery-sheet.txt');
    setPassword(oldPhone, vault, sheet, store);
    say(
      'A password set at a vault',
      `and a recovery sheet; ${GUESS_LIMIT} guesses, then it is over`,
    );

    const kept = own ?? join(folder, 'kept-for-comparison');
    if (own === undefined) renameSync(source, kept);
    rmSync(oldPhone, { recursive: true });
    say('The phone is lost', 'left: the provider; 64 digits on paper, or sheet and password');
    const key = readFileSync(keyFile, 'utf8');
    const target = join(folder, 'restored');
    const args = ['restore', 'latest', '--to', target, '--store', store, '--key-file', '-'];
    const restored = holdfast(newPhone, args, key);
    say('Restored on an empty one', `${size(restored.bytes)} in ${seconds(restored.durationMs)}`);
    const compared = compareTrees(kept, join(target, basename(resolve(source))));
    if (compared.differences.length > 0) {
      throw new Error(`The trees differ:\n${compared.differences.slice(0, 20).join('\n')}`);
    }
    const files = count(compared.files, 'file');
    say(
      'Compared',
      styleText('green', `${files}, ${size(compared.bytes)}: identical, bit for bit`),
    );
    const third = { home: join(folder, 'third-phone'), target: join(folder, 'restored-again') };
    recoverByPassword(third, sheet, kept, basename(resolve(source)));
    putBack(folder, sheet);
    lockOut(folder, provider, vault);
    process.stdout.write('\n');
  } finally {
    for (const server of [provider, vault]) {
      if (server !== null) process.kill(server.pid, 'SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

function setPassword(
  home: string,
  { url, fingerprint }: VaultProcess,
  sheet: string,
  store: string,
): void {
  holdfast(home, ['vault', 'trust', url, '--fingerprint', fingerprint]);
  const args = ['password', 'set', '--sheet', sheet, '--password-file', '-', '--store', store];
  holdfast(home, args, PASSWORD);
}

/** An empty phone, with the sheet and a password. */
function recoverByPassword(
  { home, target }: { home: string; target: string },
  sheet: string,
  kept: string,
  name: string,
): void {
  const args = ['recover', '--method', 'password', '--sheet', sheet, '--password-file', '-'];
  const { code, guessesLeft } = refused(home, args, 'horse correct');
  if (code !== 'wrong-password') throw new Error(`A wrong password gave ${code}`);
  say(
    'A wrong password',
    `${styleText('yellow', 'refused')}: ${count(guessesLeft, 'guess', 'guesses')} left`,
  );
  holdfast(home, args, PASSWORD);
  const restored = holdfast(home, ['restore', 'latest', '--to', target]);
  const { differences } = compareTrees(kept, join(target, name));
  if (differences.length > 0) throw new Error('The trees differ');
  say('The right one', `${size(restored.bytes)} back on an empty phone, without the 64 digits`);
}

/** A provider that hides the newest state, and an empty phone that has never seen it. */
function putBack(folder: string, sheet: string): void {
  const database = new DatabaseSync(join(folder, 'provider', 'provider.sqlite'));
  database.exec(HIDE_NEWEST_HEAD);
  database.close();
  const home = join(folder, 'fourth-phone');
  const args = ['recover', '--method', 'password', '--sheet', sheet, '--password-file', '-'];
  const { code } = refused(home, args, PASSWORD);
  if (code !== 'stale') throw new Error(`A provider that was put back gave ${code}`);
  const out = styleText('yellow', 'refused');
  say('The provider, put back a day', `${out}: the vault has seen something newer`);
  holdfast(home, [...args, '--accept-stale'], PASSWORD);
  const restored = holdfast(home, ['restore', 'latest', '--to', join(folder, 'day-before')]);
  say('Taken all the same', `${size(restored.bytes)} of the day before; the vault follows`);
}

/** A thief who found somebody else's sheet. */
function lockOut(folder: string, { url: store }: ProviderProcess, vault: VaultProcess): void {
  const owner = join(folder, 'other-phone');
  const sheet = join(folder, 'other-sheet.txt');
  const chats = join(folder, 'other-chats');
  mkdirSync(chats);
  writeFileSync(join(chats, 'chat.txt'), 'hello');
  holdfast(owner, ['init', '--store', store, '--key-out', join(folder, 'other-key')]);
  holdfast(owner, ['backup', chats]);
  setPassword(owner, vault, sheet, store);
  const args = ['recover', '--method', 'password', '--sheet', sheet, '--password-file', '-'];
  const thief = join(folder, 'thief');
  for (let i = 0; i < GUESS_LIMIT; i++) refused(thief, args, `a guess ${i}`);
  const { code } = refused(thief, args, PASSWORD);
  if (code !== 'locked-out') throw new Error(`After ${GUESS_LIMIT} wrong guesses: ${code}`);
  const out = styleText('yellow', 'locked out');
  say(
    'A thief, with another sheet',
    `${count(GUESS_LIMIT, 'guess', 'guesses')}, then ${out}, though the next was right`,
  );
}

const [own] = process.argv.slice(2);
if (own !== undefined && !statSync(own, { throwIfNoEntry: false })) {
  process.stderr.write(`demo: Cannot back up ${own}: it is not there\n`);
  process.exitCode = 2;
} else {
  await demo(own === undefined ? undefined : resolve(own));
}
