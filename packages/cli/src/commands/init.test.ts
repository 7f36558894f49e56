/** Plays the person who stops before the key is written down. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { Options } from '../arguments/options.ts';
import { Output } from '../output/output.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { COMMAND_TABLE } from './index.ts';
import { command } from './init.ts';

test('init says at Ctrl-C that there is no backup, and keeps nothing', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  context.after(() => rm(home, { recursive: true }));
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()].map(
    (stream) => Object.assign(stream, { isTTY: true }),
  ) as unknown as [PassThrough, PassThrough, PassThrough];
  const controller = new AbortController();
  let [seen, asked] = ['', 0];
  stderr.on('data', (part) => {
    seen += part;
    const row = Number(/Type row (\d) from your paper/.exec(String(part))?.[1] ?? 0);
    if (row === 0) return;
    const other = (row % 8) + 1;
    const text = new RegExp(`^ {4}${other}  (.*)$`, 'm').exec(seen)?.[1];
    // The first answer is the row after the one that is asked for.
    if (asked++ === 0) setImmediate(() => stdin.write(`${text}\n`));
    else controller.abort();
  });
  const terminal: Terminal = {
    env: { HOLDFAST_HOME: join(home, 'home'), NO_COLOR: '1' },
    stdin,
    stdout,
    stderr,
    now: Date.now,
  };
  const running = command.run({
    options: new Options(new Map([['store', [join(home, 'store')]]])),
    operands: [],
    terminal,
    output: new Output(terminal, { isJson: false, isQuiet: false }),
    commands: COMMAND_TABLE,
    signal: controller.signal,
  });
  await assert.rejects(running, {
    code: 'cancelled',
    exitCode: 130,
    message: 'Stopped: no backup was started, and this key opens nothing',
  });
  assert.match(seen, /That is row \d, row \d is asked for\. Compare .*Ctrl-C stops\.\n/s);
  assert.deepEqual(await readdir(home), []);
});
