#!/usr/bin/env node
/** Starts the servers' command line; plain JavaScript, so that an older Node gets a sentence, not a stack trace. */
import { existsSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const wanted = 26;
const version = process.versions.node;

if (Number(version.split('.')[0]) < wanted) {
  // `npm ci` brings one along.
  const own = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
  const advice = existsSync(own)
    ? `Run it with the one that is here: ${own}`
    : 'Install a newer one from https://nodejs.org and run the command again.';
  process.stderr.write(
    `holdfast-server: Cannot start: Node.js ${wanted} or newer is needed, this is ${version}\n` +
      `                 ${advice}\n`,
  );
  process.exitCode = 1;
} else {
  try {
    // It saves a third of the memory. Never in a folder that others can write, as Node's own choice is.
    const cache = process.env.NODE_COMPILE_CACHE ?? compileCacheFolder();
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    // Worker threads find the cache by the environment alone.
    process.env.NODE_COMPILE_CACHE = cache;
    module.enableCompileCache(cache);
  } catch {
    // Without it all goes on.
  }
  const { main } = await import('../src/main.ts');
  const { systemState } = await import('../src/output/system-state.ts');
  let couldNotPrint = false;
  process.stdout.on('error', (error) => {
    // A reader that went away, as `| head` does, is no failure; and a vault that serves goes on in any case.
    if (error.code === 'EPIPE' || couldNotPrint) return;
    couldNotPrint = true;
    process.stderr.write(`holdfast-server: Cannot print: ${systemState(error)}\n`);
  });
  process.on('exit', (code) => {
    if (couldNotPrint && code === 0) process.exitCode = 1;
  });
  // Node would end with 13 when nothing is left to wait for.
  process.exitCode = 1;
  process.exitCode = await main(process.argv.slice(2), process);
}

/** That of a service under systemd, of the system for root, else of the user. */
function compileCacheFolder() {
  const { env } = process;
  if (env.CACHE_DIRECTORY) return path.join(env.CACHE_DIRECTORY, 'compiled');
  if (process.getuid?.() === 0) return '/var/cache/holdfast-server/compiled';
  const isAbsolute = path.isAbsolute(env.XDG_CACHE_HOME || '');
  const cache = isAbsolute ? env.XDG_CACHE_HOME : path.join(os.homedir(), '.cache');
  return path.join(cache, 'holdfast-server', 'compiled');
}
