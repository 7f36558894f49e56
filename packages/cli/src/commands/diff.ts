/** `holdfast diff`: what changed between two snapshots. */

import { safeName } from '@holdfast/client/safe-text';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { EXIT_PARTIAL } from '../exit-codes.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { formatCount } from '../terminal/quantities.ts';
import { entryFields } from './ls.ts';

export const command: Command = {
  name: 'diff',
  summary: 'Compare two snapshots',
  usage: 'OLDER [NEWER]',
  description: [
    'Lists what differs between two snapshots; NEWER is the newest unless named. A line begins with + for added, - for removed, M for changed content, and m where only permissions or times changed. Where the list of one is damaged, the paths that are left out are named, and the exit code is 3.',
  ],
  operands: { least: 1, most: 2 },
  options: [...BACKUP_OPTIONS],
  examples: [
    { line: 'holdfast diff 3', what: 'What changed since snapshot 3' },
    { line: 'holdfast diff 3 5', what: 'What changed from 3 to 5' },
  ],

  async run(invocation) {
    const { operands, output, signal } = invocation;
    const [olderName = 'latest', newerName = 'latest'] = operands;
    await using opened = await openChosenBackup(invocation, { onDamage: 'read-older' });
    const client = await import('@holdfast/client/snapshots');
    const older = await client.findSnapshot(opened.backup, olderName, { signal });
    const newer = await client.findSnapshot(opened.backup, newerName, { signal });
    const counts = { added: 0, removed: 0, changed: 0, metadata: 0 };
    let isWhole = true;
    const differences = client.diffSnapshots(opened.backup, older, newer, {
      signal,
      onEvent: (event) => {
        isWhole = false;
        output.event(event);
      },
    });
    for await (const { path, change, entry } of differences) {
      counts[change]++;
      output.json({ type: 'difference', change, ...entryFields({ ...entry, path }) });
      const { mark, colour } = LOOKS[change];
      const slash = entry.kind === 'folder' ? '/' : '';
      output.result(output.style(colour, `${mark} ${safeName(path)}${slash}`));
    }
    const { added, removed, changed, metadata } = counts;
    output.aside(
      `${formatCount(added)} added, ${formatCount(removed)} removed, ` +
        `${formatCount(changed)} changed, ${formatCount(metadata)} with other permissions or times`,
    );
    output.summary({ older: older.number, newer: newer.number, ...counts });
    return isWhole ? 0 : EXIT_PARTIAL;
  },
};

const LOOKS = {
  added: { mark: '+', colour: 'green' },
  removed: { mark: '-', colour: 'red' },
  changed: { mark: 'M', colour: 'yellow' },
  metadata: { mark: 'm', colour: 'dim' },
} as const;
