/** `holdfast snapshots`: what can be restored. */
import { homedir } from 'node:os';
import type { Snapshot } from '@holdfast/client';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { nameFields } from '../output/json-line.ts';
import type { Output } from '../output/output.ts';
import { formatSnapshotTable, formatSnapshotText } from '../output/snapshot-table.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { countOf } from '../terminal/quantities.ts';

export const command: Command = {
  name: 'snapshots',
  summary: 'List the snapshots',
  usage: '',
  description: ['Lists the snapshots of the backup, oldest first, those of other devices too.'],
  operands: { least: 0, most: 0 },
  options: [...BACKUP_OPTIONS],
  examples: [{ line: 'holdfast snapshots', what: 'What can be restored' }],

  async run(invocation) {
    const { output, signal } = invocation;
    await using opened = await openChosenBackup(invocation, { onDamage: 'read-older' });
    const client = await import('@holdfast/client/snapshots');
    const snapshots = await client.listSnapshots(opened.backup, { signal });
    for (const snapshot of snapshots)
      output.json({ type: 'snapshot', ...snapshotFields(snapshot) });
    if (snapshots.length === 0) output.aside('No snapshots yet');
    else tellSnapshots(snapshots, homedir(), output);
    for (const { number, unreadableCount } of snapshots) {
      if (unreadableCount === 0) continue;
      output.aside(
        `Snapshot ${number} is not up to date in ${countOf(unreadableCount, 'item')} that could not be read`,
      );
    }
    output.summary({ snapshots: snapshots.length });
    return 0;
  },
};

function tellSnapshots(snapshots: readonly Snapshot[], home: string, output: Output): void {
  const lines = formatSnapshotTable(snapshots, home, output.columns);
  if (lines === null) {
    for (const snapshot of snapshots) output.prose(formatSnapshotText(snapshot, home), '   ');
    return;
  }
  for (const [index, line] of lines.entries()) {
    output.result(index === 0 ? output.style('bold', line) : line);
  }
}

function snapshotFields(snapshot: Snapshot): Record<string, unknown> {
  const { number, atMs, deviceName, sources, fileCount, folderCount, totalBytes } = snapshot;
  return {
    number,
    atMs,
    deviceName,
    sources: sources.map((source) => nameFields(source).path),
    files: fileCount,
    folders: folderCount,
    bytes: totalBytes,
    bytesAdded: snapshot.bytesAdded,
    unreadable: snapshot.unreadableCount,
  };
}
