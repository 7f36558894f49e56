/** `holdfast prune`: frees the space of what no snapshot needs. */
import { BACKUP_OPTIONS, DRY_RUN } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { countOf, formatBytes, readDurationMs } from '../terminal/quantities.ts';

export const command: Command = {
  name: 'prune',
  summary: 'Free the space of what no snapshot needs',
  usage: '[--grace TIME] [--dry-run]',
  description: [
    'Marks what no snapshot needs, and deletes what was marked at least 7 days ago and is still not needed. Other devices may go on writing meanwhile.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    {
      name: 'grace',
      value: 'TIME',
      summary: 'Time between marking and deleting, such as 12h or 14d (7d)',
    },
    DRY_RUN,
    ...BACKUP_OPTIONS,
  ],
  examples: [{ line: 'holdfast prune --dry-run', what: 'How much would be freed' }],

  async run(invocation) {
    const { options, output, signal } = invocation;
    const grace = options.text('grace');
    const graceMs = grace === undefined ? undefined : readDurationMs(grace);
    if (graceMs === null) throw usageError('Cannot prune: --grace takes a time such as 12h or 14d');
    const dryRun = options.has('dry-run');
    await using opened = await openChosenBackup(invocation);
    const client = await import('@holdfast/client');
    const summary = await client.prune(opened.backup, {
      ...(graceMs === undefined ? {} : { graceMs }),
      dryRun,
      signal,
      onEvent: output.event,
    });
    output.endProgress();
    const { marked, deleted, bytesFreed, bytesMarked } = summary;
    output.report([
      ...(dryRun ? ['Dry run: nothing was marked or deleted'] : []),
      `Marked   ${countOf(marked, 'object')}, ${formatBytes(bytesMarked)}`,
      `Deleted  ${countOf(deleted, 'object')}, ${formatBytes(bytesFreed)}`,
    ]);
    output.summary({ ...summary, dryRun });
    return 0;
  },
};
