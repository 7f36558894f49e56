/** `holdfast prune`: frees the space of what no snapshot needs. */
import type { PruneSummary } from '@holdfast/client';
import { BACKUP_OPTIONS, DRY_RUN } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';
import {
  countOf,
  formatBytes,
  formatCount,
  formatDate,
  readDurationMs,
} from '../terminal/quantities.ts';
import { openConfirmedBackup } from '../witnesses/open-confirmed.ts';

export const command: Command = {
  name: 'prune',
  summary: 'Free the space of what no snapshot needs',
  usage: '[--grace TIME] [--dry-run]',
  description: [
    'Marks what no snapshot needs, and deletes what was marked at least 7 days ago and is still not needed: run it twice, a week apart, or every week. Other devices may go on writing meanwhile.',
    'A little is left by every backup: lists of what the store holds, which newer ones replace. What is still needed is copied out of packs that are mostly not, once that frees more than it costs. With a shorter --grace, a backup or restore that is under way may have to start again.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    {
      name: 'grace',
      value: 'TIME',
      summary: 'Time from marking to deleting, such as 14d (7d)',
    },
    DRY_RUN,
    ...BACKUP_OPTIONS,
  ],
  examples: [{ line: 'holdfast prune --dry-run', what: 'How much would be freed' }],

  async run(invocation) {
    const { options, terminal, output, signal } = invocation;
    const grace = options.text('grace');
    const graceMs = grace === undefined ? undefined : readDurationMs(grace);
    if (graceMs === null)
      throw usageError('Cannot prune: --grace takes a time such as 12h, 14d or 0s');
    const dryRun = options.has('dry-run');
    await using opened = await openConfirmedBackup(invocation);
    const client = await import('@holdfast/client');
    const summary = await client.prune(opened.backup, {
      ...(graceMs === undefined ? {} : { graceMs }),
      dryRun,
      signal,
      onEvent: output.event,
    });
    output.endProgress();
    if (!dryRun) await opened.tellVaults();
    output.report(formatSummary(summary, dryRun, terminal.now()));
    if (summary.missing > 0) output.warn(missingText(summary.missing));
    output.summary({ ...summary, dryRun });
    return 0;
  },
};

function missingText(packs: number): string {
  const are =
    packs === 1
      ? 'A pack that snapshots need is'
      : `${formatCount(packs)} packs that snapshots need are`;
  return `${are} gone from the store; "holdfast check" tells what is affected`;
}

function formatSummary(summary: PruneSummary, dryRun: boolean, nowMs: number): string[] {
  const { marked, rewritten, deleted, waiting, waitingUntilMs } = summary;
  const packs = (count: number, bytes: number): string =>
    `${countOf(count, 'pack')}, ${formatBytes(bytes)}`;
  const lines: string[] = [];
  if (marked > 0)
    lines.push(`  Marked   ${packs(marked, summary.bytesMarked)} that no snapshot needs`);
  if (rewritten > 0) {
    const copied = formatBytes(summary.bytesRewritten);
    lines.push(`  Copied   ${copied} still needed, out of ${countOf(rewritten, 'pack')}`);
  }
  if (deleted > 0) lines.push(`  Deleted  ${packs(deleted, summary.bytesFreed)}`);
  const isIdle = lines.length === 0;
  if (waitingUntilMs !== null && waiting > 0) {
    const left = packs(waiting, summary.bytesWaiting);
    const from = `can be deleted from ${formatDate(waitingUntilMs)} on: prune again then`;
    const isDue = waitingUntilMs <= nowMs;
    lines.push(`  Waiting  ${left}, ${isDue ? 'too little to be worth a new index' : from}`);
  }
  if (isIdle) return ['Nothing can be freed now', ...lines];
  return [dryRun ? 'Dry run: nothing was changed. It would be:' : 'Pruned', ...lines];
}
