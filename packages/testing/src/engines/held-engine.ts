/** Servers of tools/engines that run as long as this process. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPTS = fileURLToPath(import.meta.resolve('../../../../tools/engines/'));

export interface HeldEngine {
  /** What its "up" script printed. */
  readonly settings: ReadonlyMap<string, string>;
  /** Runs a script of tools/engines on it. @returns what that prints. */
  run(script: string, ...args: string[]): Promise<string>;
  /** Ends its processes and removes their files. */
  stop(): Promise<void>;
}

/** Starts an engine, which ends with this process, however that ends. */
export async function holdEngine(name: string): Promise<HeldEngine> {
  // In a process group of its own, so that Ctrl-C reaches it as the end of its input only.
  const holder = spawn(`${SCRIPTS}hold.sh`, [name], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const settings = new Map<string, string>();
  for await (const line of createInterface({ input: holder.stdout })) {
    if (line === 'READY') break;
    const at = line.indexOf('=');
    settings.set(line.slice(0, at), line.slice(at + 1));
  }
  const folder = settings.get('DIR');
  if (folder === undefined) throw new Error(`Cannot start ${name}: it says above why`);
  return {
    settings,
    run: async (script, ...args) => {
      const { stdout } = await promisify(execFile)(`${SCRIPTS}${script}`, [folder, ...args]);
      return stdout.trim();
    },
    stop: async () => {
      holder.stdin.end();
      if (holder.exitCode === null) await once(holder, 'exit');
    },
  };
}
