/** `holdfast-server vault` on one core, with an issuer of the bench's own, and no limits on requests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(
  new URL('../../packages/server/bin/holdfast-server.js', import.meta.url),
);
const CORE = '0';
const UNLIMITED = 1_000_000;

export interface VaultProcess {
  readonly url: string;
  readonly pid: number;
  /** Memory that it alone takes, in bytes: proportional set size. */
  memoryBytes(): Promise<number>;
  /** CPU time so far, in milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * @param folder Empty; the vault's data and settings go there.
 * @param issuer Name and public key (PEM) of who issues the tokens.
 */
export async function startVault(
  folder: string,
  issuer: { readonly name: string; readonly publicKeyPem: string },
): Promise<VaultProcess> {
  const keysFile = join(folder, 'issuer.pem');
  await writeFile(keysFile, issuer.publicKeyPem);
  const config = {
    data: join(folder, 'vault'),
    listen: '127.0.0.1:0',
    issuers: [{ issuer: issuer.name, keysFile }],
    requestsPerAddress: 0,
    requestsPerAccount: 0,
    requestsAtOnce: UNLIMITED,
    connectionsPerAddress: UNLIMITED,
    connections: UNLIMITED,
    logLevel: 'warn',
  };
  const configFile = join(folder, 'vault.json');
  await writeFile(configFile, JSON.stringify(config));
  const args = ['-c', CORE, process.execPath, PROGRAM, 'vault', '--config', configFile];
  const child = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await printedUrl(child);
  const pid = child.pid as number;
  return {
    url,
    pid,
    async memoryBytes() {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
      return 1024 * Number(/^Pss: +(\d+) kB$/m.exec(text)?.[1]);
    },
    async cpuMs() {
      const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
      return 10 * (Number(fields[11]) + Number(fields[12]));
    },
    async stop() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function printedUrl(child: ChildProcess): Promise<string> {
  let printed = '';
  for await (const chunk of child.stdout ?? []) {
    printed += chunk;
    const [, url] = /^Address +(\S+)$/m.exec(printed) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error('The vault must print its address');
}
