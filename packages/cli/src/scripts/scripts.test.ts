/**
 * Runs every *.script beside this file: command lines with the expected stdout, stderr and exit code.
 *
 * `$ ` a line for sh, `> ` a line of stdout, `! ` a line of stderr, `? ` the exit code (0 when not
 * said). A line `...` stands for any lines; `[anything]` in square brackets for any text on the line.
 * Each script has a new folder of its own; HOLDFAST_HOME is the folder `home` in it. `start-vault NAME`
 * starts a Backup Key Vault, whose address, fingerprint and process id are in NAME.url and so on; `start-provider NAME`
 * the same with a backup provider.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Step {
  readonly line: string;
  readonly stdout: string[];
  readonly stderr: string[];
  exitCode: number;
}

const folder = import.meta.dirname;
const mainOf = (topic: string): string =>
  fileURLToPath(new URL('main.ts', import.meta.resolve(`@holdfast/testing/${topic}`)));
const programs = {
  holdfast: fileURLToPath(new URL('../../bin/holdfast.js', import.meta.url)),
  'start-vault': mainOf('vault-process'),
  'start-provider': mainOf('provider-process'),
};

function readSteps(text: string): Step[] {
  const steps: Step[] = [];
  for (const line of text.split('\n')) {
    const [mark, rest] = [line.slice(0, 2), line.slice(2)];
    const step = steps.at(-1);
    if (line === '' || line.startsWith('#')) continue;
    if (mark === '$ ') steps.push({ line: rest, stdout: [], stderr: [], exitCode: 0 });
    else if (mark.trim() === '>') step?.stdout.push(rest);
    else if (mark.trim() === '!') step?.stderr.push(rest);
    else if (mark === '? ' && step) step.exitCode = Number(rest);
    else throw new Error(`"line" must begin with $ > ! ? or #: got ${line}`);
  }
  return steps;
}

function toPattern(lines: readonly string[]): RegExp {
  const source = lines.map((line) => {
    if (line === '...') return '(?:.*\n)*?';
    const parts = line.split(/\[[^\]]*\]/).map((part) => RegExp.escape(part));
    return `${parts.join('.*')}\n`;
  });
  return new RegExp(`^${source.join('')}$`);
}

function runStep(step: Step, cwd: string, env: Record<string, string>): void {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', step.line], {
    cwd,
    env,
    encoding: 'utf8',
  });
  const what = `$ ${step.line}\n${stdout}${stderr}? ${status}`;
  assert.equal(status, step.exitCode, what);
  assert.match(stdout, toPattern(step.stdout), what);
  assert.match(stderr, toPattern(step.stderr), what);
}

/** Those that the script has not ended itself. */
function endVaults(cwd: string): void {
  for (const name of readdirSync(cwd).filter((file) => file.endsWith('.pid'))) {
    try {
      process.kill(Number(readFileSync(join(cwd, name), 'utf8')), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

for (const name of readdirSync(folder).filter((file) => file.endsWith('.script'))) {
  test(`${name.replace('.script', '').replaceAll('-', ' ')}: every step does what the script says`, () => {
    const cwd = mkdtempSync(join(tmpdir(), 'holdfast-script-'));
    try {
      const bin = join(cwd, 'bin');
      mkdirSync(bin);
      for (const [word, program] of Object.entries(programs)) {
        const script = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`;
        writeFileSync(join(bin, word), script);
        chmodSync(join(bin, word), 0o755);
      }
      const env = {
        PATH: `${bin}:${process.env.PATH}`,
        HOME: cwd,
        TZ: 'UTC',
        HOLDFAST_HOME: join(cwd, 'home'),
        ...(process.env.NODE_OPTIONS ? { NODE_OPTIONS: process.env.NODE_OPTIONS } : {}),
      };
      for (const step of readSteps(readFileSync(join(folder, name), 'utf8')))
        runStep(step, cwd, env);
    } finally {
      endVaults(cwd);
      rmSync(cwd, { recursive: true });
    }
  });
}
