/** `holdfast snapshots`: what can be restored. */
import { homedir } from 'node:os';
import type { Snapshot } from '@holdfast/client';
import { safeName, safeText } from '@holdfast/client/safe-text';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { nameFields } from '../output/json-line.ts';
import type { Output } from '../output/output.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { countOf, formatBytes, formatCount, formatDate } from '../terminal/quantities.ts';
import { formatTable } from '../terminal/table.ts';

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
    await using opened = await openChosenBackup(invocation, 'read-older');
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

/** One line each where they fit, else some lines of text. */
function tellSnapshots(snapshots: readonly Snapshot[], home: string, output: Output): void {
  const rows = snapshots.map((snapshot) => [
    String(snapshot.number),
    formatDate(snapshot.atMs),
    formatCount(snapshot.fileCount),
    formatBytes(snapshot.totalBytes),
    formatBytes(snapshot.bytesAdded),
    safeText(snapshot.deviceName),
    snapshot.sources.map((source) => shortPath(safeName(source), home)).join(', '),
  ]);
  const lines = formatTable(
    [['#', 'Date', 'Files', 'Size', 'Added', 'Device', 'Sources'], ...rows],
    [0, 2, 3, 4],
  );
  if (output.fits(lines)) {
    for (const [index, line] of lines.entries()) {
      output.result(index === 0 ? output.style('bold', line) : line);
    }
    return;
  }
  const width = Math.max(...rows.map(([number = '']) => number.length));
  for (const [number = '', date, files, size, added, device, sources] of rows) {
    const facts = `${date}  ${sources}, ${files} files, ${size}, ${added} added, by ${device}`;
    output.prose(`${number.padStart(width)}  ${facts}`);
  }
}

/** `~` in place of the person's own folder. */
function shortPath(path: string, home: string): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
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
