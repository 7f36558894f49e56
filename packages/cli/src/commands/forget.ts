/** `holdfast forget`: takes snapshots off the list; `prune` frees their space. */

import type { Snapshot } from '@holdfast/client';
import { safeName, safeText } from '@holdfast/client/safe-text';
import { BACKUP_OPTIONS, DRY_RUN } from '../arguments/every-option.ts';
import type { Options } from '../arguments/options.ts';
import type { Command, Option } from '../command.ts';
import { usageError } from '../command-error.ts';
import { countOf, formatDate } from '../terminal/quantities.ts';
import { formatTable } from '../terminal/table.ts';
import { openConfirmedBackup } from '../witnesses/open-confirmed.ts';

const PERIODS = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
const SPANS = {
  hourly: 'hours',
  daily: 'days',
  weekly: 'weeks',
  monthly: 'months',
  yearly: 'years',
} as const;

export const command: Command = {
  name: 'forget',
  summary: 'Take snapshots off the list by a rule, or by number',
  usage: '[NUMBER …] [--keep-last N] [--keep-daily N] …',
  description: [
    'Takes the numbered snapshots off the list, or all that no --keep rule keeps. Rules are applied to each device and each set of folders apart: they always keep the newest snapshot of each, and count none without files in place of one that has some. Try it with --dry-run first.',
    'A snapshot that is forgotten can not be restored any more. Its space is freed by "holdfast prune".',
  ],
  operands: { least: 0, most: Number.POSITIVE_INFINITY },
  options: [
    ...PERIODS.map(
      (period): Option => ({
        name: `keep-${period}`,
        value: 'N',
        summary:
          period === 'last' ? 'Keep the newest N' : `Keep the newest of each of N ${SPANS[period]}`,
      }),
    ),
    {
      name: 'even-last',
      summary: 'Forget a named snapshot also when no other of its folders is left',
    },
    DRY_RUN,
    ...BACKUP_OPTIONS,
  ],
  examples: [
    {
      line: 'holdfast forget --keep-last 3 --keep-daily 7 --keep-monthly 12 --dry-run',
      what: 'What a rule would keep',
    },
    { line: 'holdfast forget 3 4', what: 'Two snapshots' },
  ],

  async run(invocation) {
    const { options, operands, output, signal } = invocation;
    const policy = readPolicy(options, operands);
    const dryRun = options.has('dry-run');
    await using opened = await openConfirmedBackup(invocation);
    const client = await import('@holdfast/client');
    const { kept, removed } = await client.forget(opened.backup, policy, { dryRun, signal });
    if (!dryRun) await opened.tellVaults();
    const rows = [
      ...kept.map(({ snapshot, reasons }) => ({ snapshot, what: 'keep', why: reasons.join(', ') })),
      ...removed.map((snapshot) => ({ snapshot, what: 'forget', why: '' })),
    ].sort((a, b) => a.snapshot.number - b.snapshot.number);
    const series = Map.groupBy(rows, ({ snapshot }) => seriesText(snapshot));
    for (const { snapshot, what, why } of rows) {
      output.json({ type: 'decision', snapshot: snapshot.number, decision: what, reasons: why });
    }
    for (const [text, own] of series) {
      const lines = formatTable(
        own.map(({ snapshot, what, why }) => [
          `  ${what}`,
          String(snapshot.number),
          formatDate(snapshot.atMs),
          why,
        ]),
        [1],
      );
      output.report([text, ...lines]);
    }
    const verb = dryRun ? 'would be forgotten' : 'forgotten';
    output.report([`${countOf(removed.length, 'snapshot')} ${verb}, ${kept.length} kept`]);
    if (removed.length > 0 && !dryRun) {
      const needed = removed.length === 1 ? 'it' : 'they';
      output.aside(`"holdfast prune" frees what only ${needed} needed`);
    }
    output.summary({ kept: kept.length, removed: removed.map(({ number }) => number), dryRun });
    return 0;
  },
};

/** Snapshots of one device and the same folders stand together. */
function seriesText({ deviceName, sources }: Snapshot): string {
  return `${safeText(deviceName)}: ${sources.map(safeName).join(', ')}`;
}

interface Policy {
  evenLast?: boolean;
  last?: number;
  hourly?: number;
  daily?: number;
  weekly?: number;
  monthly?: number;
  yearly?: number;
  numbers?: number[];
}

function readPolicy(options: Options, operands: readonly string[]): Policy {
  const policy: Policy = {};
  for (const period of PERIODS) {
    const text = options.text(`keep-${period}`);
    if (text !== undefined) policy[period] = readCount(text, `--keep-${period}`);
  }
  const hasRule = Object.keys(policy).length > 0;
  if (hasRule === operands.length > 0) {
    throw usageError(
      hasRule
        ? 'Cannot forget by rule and by number at once'
        : 'Cannot forget: no rule and no snapshot is named',
      'For example: holdfast forget --keep-last 10 --dry-run',
    );
  }
  if (hasRule) return policy;
  policy.numbers = operands.map((text) => readCount(text, 'a snapshot'));
  policy.evenLast = options.has('even-last');
  return policy;
}

function readCount(text: string, what: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`Cannot forget: ${what} takes a number from 1 on`);
}
