/**
 * Measures the vault beside its peers: `npm run bench:vault -- [--rounds N] [--save]`. Prints a table,
 * and with `--save` writes it into docs/performance.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../about.ts';
import { median } from '../medians.ts';
import { savePerformancePage, VAULT_SECTION } from '../performance-page.ts';
import { markdownTable, type Table, terminalTable } from '../table.ts';
import { measureEvaluations, measureSoftHsm } from './evaluations.ts';
import { httpTarget } from './http-target.ts';
import { fullLoad, makePersons, percentile, steadyLoad } from './load.ts';
import { makeIssuer } from './recoveries.ts';
import type { Served } from './served.ts';
import { type Figure, targetRow } from './targets.ts';
import { startVault } from './vault-process.ts';

const ROUND_MS = 5000;
const SERVER_CORE = '0';
const CLIENTS_CORE = '1';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, save: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new RangeError(`"--rounds" must be a whole number above 0: got ${values.rounds}`);
}

const figures: Figure[] = [
  ...(await evaluationFigures()),
  servedFigure(),
  ...(await processFigures()),
];
const table: Table = {
  title: 'The vault, on one core',
  columns: ['what', 'vault', 'beside it', 'ratio', 'must', 'aim', ''],
  rows: figures.map(targetRow),
};
process.stdout.write(terminalTable(table));
if (values.save) {
  const about = [
    `- Date: ${new Date().toISOString().slice(0, 10)}, median of ${rounds} rounds`,
    `- Machine: ${describeMachine(tmpdir())}`,
  ];
  const page = join(import.meta.dirname, '../../docs/performance.md');
  await savePerformancePage(page, VAULT_SECTION, `${about.join('\n')}\n\n${markdownTable(table)}`);
}

async function evaluationFigures(): Promise<Figure[]> {
  const measured = await measureEvaluations(rounds);
  const softHsm = await measureSoftHsm(rounds);
  return [
    {
      title: 'evaluations, software HSM, per second',
      value: medianOf(measured.map(({ software }) => software)),
      peer: { name: '@noble/curves', value: medianOf(measured.map(({ noble }) => noble)) },
      mustRatio: 5,
      aimRatio: 15,
    },
    ...(softHsm === null
      ? []
      : [
          {
            title: 'evaluations, SoftHSM2 by PKCS#11, per second',
            value: medianOf(softHsm),
            least: 500,
            leastAim: 1000,
          },
        ]),
  ];
}

/** In a process of its own, on the server's core. */
function servedFigure(): Figure {
  const program = join(import.meta.dirname, 'served.ts');
  const args = ['-c', SERVER_CORE, process.execPath, program, String(rounds)];
  const served: Served[] = JSON.parse(execFileSync('taskset', args, { encoding: 'utf8' }));
  return {
    title: 'recoveries, in process, per second',
    value: medianOf(served.map(({ recoveries }) => recoveries)),
    peer: { name: 'OPAQUE', value: medianOf(served.map(({ logins }) => logins)) },
    mustRatio: 1,
    aimRatio: 2,
  };
}

async function processFigures(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const issuer = makeIssuer();
  // All threads of this process, which is the clients.
  execFileSync('taskset', ['-acp', CLIENTS_CORE, String(process.pid)]);
  const vault = await startVault(folder, issuer);
  try {
    const restBytes = await vault.memoryBytes();
    const target = await httpTarget(vault.url, issuer);
    const persons = await makePersons(target);
    await fullLoad(target, persons, ROUND_MS);
    const rates: number[] = [];
    const slowestMs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { perSecond } = await fullLoad(target, persons, ROUND_MS);
      rates.push(perSecond);
      const half = { durationMs: ROUND_MS, perSecond: perSecond / 2 };
      const { latenciesMs } = await steadyLoad(target, persons, half);
      slowestMs.push(percentile(latenciesMs, 0.99));
    }
    return [
      { title: 'recoveries, over HTTP, per second', value: medianOf(rates) },
      { title: 'recovery at half of it, p99, ms', value: medianOf(slowestMs), most: 50, aim: 20 },
      { title: 'vault at rest, MB', value: restBytes / 1e6, most: 120 },
    ];
  } finally {
    await vault.stop();
    await rm(folder, { recursive: true });
  }
}

function medianOf(values: readonly number[]): number {
  const found = median(values);
  if (found === undefined) throw new RangeError('"values" must not be empty');
  return found;
}
