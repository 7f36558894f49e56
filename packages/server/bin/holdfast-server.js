#!/usr/bin/env node
/** Starts the servers' command line; plain JavaScript, so that an older Node gets a sentence, not a stack trace. */
import { existsSync } from 'node:fs';
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
  const { main } = await import('../src/main.ts');
  // Node would end with 13 when nothing is left to wait for.
  process.exitCode = 1;
  process.exitCode = await main(process.argv.slice(2), process);
}
