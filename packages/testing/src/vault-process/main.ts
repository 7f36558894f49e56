// `start-vault FOLDER [OPTIONS]` for shell scripts: starts a vault, at the port that it had before, and
// leaves its address, fingerprint and process id in FOLDER.url, FOLDER.fingerprint and FOLDER.pid.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { startVault } from './start-vault.ts';

const [name = '', ...options] = process.argv.slice(2);
if (name === '') throw new TypeError('A folder must be named');
const folder = resolve(name);
const before = existsSync(`${folder}.url`) ? readFileSync(`${folder}.url`, 'utf8').trim() : null;
const listen = before === null ? [] : ['--listen', new URL(before).host];
const { url, fingerprint, pid } = await startVault(folder, [...listen, ...options]);
for (const [ending, text] of Object.entries({ url, fingerprint, pid })) {
  writeFileSync(`${folder}.${ending}`, `${text}\n`);
}
