// `npm run demo [-- FOLDER]`: the whole life of a backup with the real command line. A phone's chat
// history is backed up, a day goes by, it is backed up again, the phone is lost, and an empty one
// gets everything back with nothing but the 64-digit key. With FOLDER the same happens to a folder
// of your own, which is only read.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { styleText } from 'node:util';
import { addDay, generateSample } from '@holdfast/testing/sample-whatsapp';
import { compareTrees } from './compare-trees.ts';

const SAMPLE = { messages: 20_000, mediaFiles: 300, mediaBytes: 60_000_000 };
const DAY = { newMessages: 200, editedFraction: 0.001, mediaFiles: 5, mediaBytes: 1_000_000 };

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

/** One device: its own keys and memory, at the same store. */
function holdfast(home: string, args: readonly string[], input?: string): Summary {
  const program = join(import.meta.dirname, '../packages/cli/bin/holdfast.js');
  const run = spawnSync(process.execPath, [program, ...args, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, HOLDFAST_HOME: home },
    maxBuffer: 1 << 28,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'],
    ...(input !== undefined && { input }),
  });
  const last = run.stdout?.trimEnd().split('\n').at(-1) ?? '';
  if (run.status !== 0) throw new Error(`holdfast ${args[0]} ended with ${run.status}: ${last}`);
  return JSON.parse(last === '' ? '{}' : last);
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

function count(number: number, one: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : `${one}s`}`;
}

function seconds(ms: number): string {
  return ms < 50 ? 'under 0.1 s' : `${(ms / 1000).toFixed(1)} s`;
}

function demo(own: string | undefined): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
  const store = join(folder, 'store');
  const keyFile = join(folder, 'key');
  const oldPhone = join(folder, 'old-phone');
  const newPhone = join(folder, 'new-phone');
  const source = own ?? join(folder, 'WhatsApp');
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

    const kept = own ?? join(folder, 'kept-for-comparison');
    if (own === undefined) renameSync(source, kept);
    rmSync(oldPhone, { recursive: true });
    say('The phone is lost', 'left: the store, and 64 digits on paper');
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
    process.stdout.write('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [own] = process.argv.slice(2);
if (own !== undefined && !statSync(own, { throwIfNoEntry: false })) {
  process.stderr.write(`demo: Cannot back up ${own}: it is not there\n`);
  process.exitCode = 2;
} else {
  demo(own === undefined ? undefined : resolve(own));
}
