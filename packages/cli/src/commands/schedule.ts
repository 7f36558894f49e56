/** `holdfast schedule`: lets the system's scheduler run `holdfast backup`. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BACKUP_OPTIONS, DRY_RUN } from '../arguments/every-option.ts';
import type { Options } from '../arguments/options.ts';
import type { Command, Invocation } from '../command.ts';
import { type CommandError, usageError } from '../command-error.ts';
import { chooseStore } from '../places/choose-store.ts';
import { changeConfig, readConfig } from '../places/config.ts';
import { type Folders, findFolders } from '../places/folders.ts';
import { keyFileName } from '../places/key-file.ts';
import type { Job } from '../schedule/plan.ts';
import { shellWord } from '../terminal/shell-word.ts';

const FREQUENCIES = ['daily', 'hourly', 'off'] as const;

export const command: Command = {
  name: 'schedule',
  summary: 'Back up every day or every hour',
  usage: 'daily | hourly | off [FOLDER …] [--exclude PATTERN …]',
  description: [
    'Lets the scheduler of this system (systemd, launchd or cron) run "holdfast backup" and remembers the folders; "off" ends that. Use "holdfast status" to learn whether it works.',
  ],
  operands: { least: 1, most: Number.POSITIVE_INFINITY },
  completes: FREQUENCIES,
  options: [
    { name: 'exclude', value: 'PATTERN', isList: true, summary: 'Leave out paths that match' },
    DRY_RUN,
    ...BACKUP_OPTIONS,
  ],
  examples: [
    { line: 'holdfast schedule daily ~/WhatsApp', what: 'Once a day' },
    { line: 'holdfast schedule hourly ~/WhatsApp --dry-run', what: 'What it would set up' },
    { line: 'holdfast schedule off', what: 'No more' },
  ],

  async run(invocation) {
    const { options, operands, terminal, output } = invocation;
    const [word, ...named] = operands;
    const frequency = FREQUENCIES.find((known) => known === word);
    if (frequency === undefined) {
      throw usageError(
        'Cannot schedule: say daily, hourly or off',
        'See "holdfast help schedule".',
      );
    }
    const folders = findFolders(terminal.env);
    const sources = named.map((source) => resolve(source));
    if (frequency !== 'off' && sources.length === 0) {
      sources.push(...((await readConfig(folders)).sources ?? []));
      if (sources.length === 0) {
        throw usageError(
          'Cannot schedule: no folder is named',
          `Name one: holdfast schedule ${frequency} FOLDER`,
        );
      }
    }
    const { assertSources } = await import('@holdfast/client');
    assertSources(sources);
    const { planSchedule } = await import('../schedule/choose-scheduler.ts');
    const { carryOut, formatPlan } = await import('../schedule/plan.ts');
    const job = frequency === 'off' ? OFF : await makeJob(invocation, folders);
    const plan = await planSchedule(frequency === 'off' ? null : frequency, job, {
      env: terminal.env,
      folders,
    });
    if (plan === null) {
      throw noScheduler(frequency === 'off' ? null : job, named.length > 0 ? sources : [], options);
    }
    if (options.has('dry-run')) {
      for (const line of formatPlan(plan)) output.result(line);
      if (plan.hint) output.aside(plan.hint);
      output.summary({ frequency, ...plan, dryRun: true });
      return 0;
    }
    await carryOut(plan);
    if (frequency !== 'off') {
      const exclude = options.list('exclude');
      await changeConfig(folders, { sources, ...(named.length > 0 ? { exclude } : {}) });
    }
    output.report(
      frequency === 'off'
        ? ['No backups are scheduled any more']
        : [`Will be backed up ${frequency} by a ${plan.scheduler}:`, ...sources.map(indent)],
    );
    if (plan.hint) output.aside(plan.hint);
    output.summary({ frequency, scheduler: plan.scheduler, sources });
    return 0;
  },
};

const OFF: Job = { command: [], env: {} };

function indent(line: string): string {
  return `  ${line}`;
}

/** @param job null when a schedule was to be taken away. @param named Absolute paths. */
function noScheduler(job: Job | null, named: readonly string[], options: Options): CommandError {
  const what = 'Cannot schedule: neither systemd, launchd nor crontab answers here';
  if (job === null) {
    return usageError(what, 'What another scheduler runs must be taken away there.');
  }
  const exclude = options.list('exclude').map((pattern) => `--exclude=${pattern}`);
  const words = [...job.command, ...exclude, ...named].map(shellWord);
  const environment = Object.entries(job.env).map(([name, value]) => `${name}=${shellWord(value)}`);
  return usageError(what, `Let another scheduler run: ${[...environment, ...words].join(' ')}`);
}

/** The same program with the same store and key, wherever they were named. */
async function makeJob({ options, terminal }: Invocation, folders: Folders): Promise<Job> {
  const { env } = terminal;
  const program = await realpath(process.argv[1] as string);
  const command = [process.execPath, program, 'backup', '--quiet'];
  const storeUrl = await chooseStore(options, env, folders);
  if ((await readConfig(folders)).store !== storeUrl) command.push('--store', storeUrl);
  const keyFile = keyFileName(options, env);
  if (keyFile === '-') {
    throw usageError('Cannot schedule: nobody is there to give the key', 'Use --key-file FILE.');
  }
  if (keyFile !== null) command.push('--key-file', resolve(keyFile));
  return { command, env: env.HOLDFAST_HOME ? { HOLDFAST_HOME: resolve(env.HOLDFAST_HOME) } : {} };
}
