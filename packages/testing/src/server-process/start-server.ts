/** `holdfast-server` as operators run it, in a process of its own that goes on without the one that started it. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../server/bin/holdfast-server.js', import.meta.url));
const PATIENCE_MS = 20_000;

export interface StartedServer {
  /** What it printed, as far as `serves` asks. */
  readonly printed: RegExpExecArray;
  readonly pid: number;
}

/**
 * Waits until it serves. What it prints goes to the file `folder`.log.
 *
 * @param folder Where it keeps its data; one that ran there before is the same.
 * @param args Without `--listen`, at any free port.
 * @param serves Of what it prints when it does.
 */
export async function startServer(
  folder: string,
  args: readonly string[],
  serves: RegExp,
): Promise<StartedServer> {
  const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const logPath = `${folder}.log`;
  const log = openSync(logPath, 'w');
  const child = spawn(process.execPath, [PROGRAM, ...args, '--data', folder, ...listen], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  closeSync(log);
  child.unref();
  const { pid = 0 } = child;
  for (let waitedMs = 0; waitedMs < PATIENCE_MS && child.exitCode === null; waitedMs += 20) {
    await setTimeout(20);
    const printed = serves.exec(readFileSync(logPath, 'utf8'));
    if (printed !== null) return { printed, pid };
  }
  if (child.exitCode === null) process.kill(pid, 'SIGKILL');
  throw new Error(`The server in ${folder} does not serve:\n${readFileSync(logPath, 'utf8')}`);
}

/**
 * For shell scripts, as `start-… FOLDER [OPTIONS]`: starts one at the port that it had before, and leaves each fact of it,
 * such as its address, in FOLDER.url.
 */
export async function startForScript(
  start: (folder: string, options: readonly string[]) => Promise<{ readonly url: string }>,
): Promise<void> {
  const [name = '', ...options] = process.argv.slice(2);
  if (name === '') throw new TypeError('A folder must be named');
  const folder = resolve(name);
  const before = existsSync(`${folder}.url`) ? readFileSync(`${folder}.url`, 'utf8').trim() : null;
  const listen = before === null ? [] : ['--listen', new URL(before).host];
  const facts = await start(folder, [...listen, ...options]);
  for (const [ending, text] of Object.entries(facts)) {
    writeFileSync(`${folder}.${ending}`, `${text}\n`);
  }
}
