#!/usr/bin/env node
/** Starts the command line; plain JavaScript, so that an older Node gets a sentence, not a stack trace. */
import { existsSync } from 'node:fs';
import module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';

const wanted = 26;
const version = process.versions.node;

if (Number(version.split('.')[0]) < wanted) {
  // `npm ci` brings one along.
  const own = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
  const advice = existsSync(own)
    ? `Run it with the one that is here: ${own}`
    : 'Install a newer one from https://nodejs.org and run the command again.';
  process.stderr.write(
    `holdfast: Cannot start: Node.js ${wanted} or newer is needed, this is ${version}\n` +
      `          ${advice}\n`,
  );
  process.exitCode = 1;
} else {
  // Young objects are few but hold on to large buffers: let V8 look at them often.
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  // And let its heap grow by a third of what is in use, not to several times that.
  v8.setFlagsFromString('--heap-growing-percent=30');
  const { makeFolders } = await import('@holdfast/client/make-folders');
  try {
    const cache = process.env.NODE_COMPILE_CACHE ?? compileCacheFolder();
    // Node itself would try for ever where there can be no folder.
    makeFolders(cache, 0o700);
    // Worker threads find the cache by the environment alone.
    process.env.NODE_COMPILE_CACHE = cache;
    module.enableCompileCache(cache);
  } catch {
    // Without it all goes on, a little slower.
  }
  const { main } = await import('../src/main.ts');
  // Node would end with 13, which here means damage, when nothing is left to wait for.
  process.exitCode = 1;
  const onUnsettled = () => {
    process.stderr.write('holdfast: Cannot go on: an internal error. Please report what you did\n');
    process.exitCode = 1;
  };
  process.once('beforeExit', onUnsettled);
  const exitCode = await main(process.argv.slice(2));
  process.off('beforeExit', onUnsettled);
  process.exitCode = exitCode;
}

/** Where the platform keeps caches; under HOLDFAST_HOME when that is set. */
function compileCacheFolder() {
  const { env, platform } = process;
  const home = os.homedir();
  if (env.HOLDFAST_HOME) return path.resolve(env.HOLDFAST_HOME, 'cache', 'compiled');
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'holdfast', 'compiled');
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA || path.join(home, 'AppData', 'Local');
    return path.join(local, 'holdfast', 'cache', 'compiled');
  }
  const cache = path.isAbsolute(env.XDG_CACHE_HOME || '')
    ? env.XDG_CACHE_HOME
    : path.join(home, '.cache');
  return path.join(cache, 'holdfast', 'compiled');
}
