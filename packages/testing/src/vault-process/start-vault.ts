/**
 * A vault as operators run it, in a process of its own: `holdfast-server vault` over SQLite and the
 * software HSM.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface VaultProcess {
  readonly url: string;
  /** 64 hex digits. */
  readonly fingerprint: string;
  /** Of its process, which goes on without the one that started it. */
  readonly pid: number;
}

const PROGRAM = fileURLToPath(new URL('../../../server/bin/holdfast-server.js', import.meta.url));
const SERVES =
  /^Fingerprint +([0-9a-f ]+)\n +([0-9a-f ]+)\nAddress +(\S+)\n(?:.*\n)*Give people both/m;
const PATIENCE_MS = 20_000;

/**
 * Waits until it serves. What it prints goes to the file `folder`.log.
 *
 * @param folder Where it keeps its data; the vault of one that ran there before is the same.
 * @param options Further options of `holdfast-server vault`; without `--listen`, at any free port.
 */
export async function startVault(
  folder: string,
  options: readonly string[] = [],
): Promise<VaultProcess> {
  const listen = options.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  // Tests ask more in a minute than people do.
  const limits = ['requests-per-address', 'requests-per-account', 'tokens-per-address'];
  const unlimited = limits.flatMap((name) => [`--${name}`, '0']);
  const args = [PROGRAM, 'vault', '--data', folder, ...listen, ...unlimited, ...options];
  const logPath = `${folder}.log`;
  const log = openSync(logPath, 'w');
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  closeSync(log);
  child.unref();
  const { pid = 0 } = child;
  for (let waitedMs = 0; waitedMs < PATIENCE_MS && child.exitCode === null; waitedMs += 20) {
    await setTimeout(20);
    const serves = SERVES.exec(readFileSync(logPath, 'utf8'));
    if (serves === null) continue;
    const [, first = '', second = '', url = ''] = serves;
    return { url, fingerprint: (first + second).replaceAll(' ', ''), pid };
  }
  if (child.exitCode === null) process.kill(pid, 'SIGKILL');
  throw new Error(`The vault in ${folder} does not serve:\n${readFileSync(logPath, 'utf8')}`);
}
