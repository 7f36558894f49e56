// `npm run ok`: everything a change must pass, one line per part with its time. Shows a part's
// output only when it fails, stops at nothing, and ends with a summary and a non-zero exit if any
// failed. `npm run ok -- --no-tests` leaves the tests out.

import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';

interface Part {
  name: string;
  command: string;
  args: string[];
}

const script = (name: string): Part => ({ name, command: 'npm', args: ['run', '--silent', name] });
const check = (topic: string): Part => ({
  name: `check ${topic}`,
  command: process.execPath,
  args: [`tools/check-${topic}.ts`],
});

const PARTS: readonly Part[] = [
  { name: 'format', command: 'biome', args: ['format'] },
  script('lint'),
  script('types'),
  script('unused'),
  check('layers'),
  check('folders'),
  check('files'),
  check('links'),
  check('dependencies'),
  script('test'),
];

interface Outcome {
  passed: boolean;
  output: string;
  seconds: number;
}

function run({ command, args }: Part): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const startedAtMs = performance.now();
  const pieces: Buffer[] = [];
  const bin = join(process.cwd(), 'node_modules/.bin');
  const child = spawn(command, args, {
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (passed: boolean, note = ''): void => {
    const seconds = (performance.now() - startedAtMs) / 1000;
    resolve({ passed, output: Buffer.concat(pieces).toString() + note, seconds });
  };
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.stderr.on('data', (piece: Buffer) => pieces.push(piece));
  child.on('error', (error) => end(false, `Cannot run ${command}: ${error.message}\n`));
  child.on('close', (code) => end(code === 0));
  return promise;
}

const { values } = parseArgs({ options: { 'no-tests': { type: 'boolean', default: false } } });
const parts = PARTS.filter(({ name }) => name !== 'test' || !values['no-tests']);
const failed: string[] = [];
let totalSeconds = 0;
for (const part of parts) {
  const { passed, output, seconds } = await run(part);
  totalSeconds += seconds;
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s  ${part.name}`);
  const shown = passed ? output.split('\n').filter(isWarning).join('\n') : output.trimEnd();
  if (shown !== '') console.log(shown);
  if (!passed) failed.push(part.name);
}
const summary =
  failed.length === 0
    ? `All ${parts.length} parts passed`
    : `${failed.length} of ${parts.length} parts failed: ${failed.join(', ')}`;
console.log(`${summary} (${totalSeconds.toFixed(1)} s)`);
if (failed.length > 0) process.exitCode = 1;

function isWarning(line: string): boolean {
  return line.startsWith('warning: ');
}
