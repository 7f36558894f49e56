/** `holdfast status`: when this device was last backed up; fails when that is too long ago. */
import type { LostFiles, Snapshot } from '@holdfast/client';
import { safeText } from '@holdfast/client/safe-text';
import { equalBytes } from '@holdfast/core/bytes';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';
import { EXIT_DAMAGED, EXIT_FAILED, EXIT_PARTIAL } from '../exit-codes.ts';
import { findFolders } from '../places/folders.ts';
import { recallRun } from '../places/last-run.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import {
  countOf,
  formatCount,
  formatDate,
  formatDuration,
  readDurationMs,
} from '../terminal/quantities.ts';

const DEFAULT_MAX_AGE = '7d';

export const command: Command = {
  name: 'status',
  summary: 'Show how old the newest backup of this device is',
  usage: '[--max-age TIME]',
  description: [
    'Shows when this device was last backed up, and whether the store still holds all packs of that. What lies in them only "holdfast check --read-data all" proves; what a check or a restore on this device has found damaged counts as lost.',
    'Fails with exit code 13 when files of the newest snapshots of this device are lost; with 1 when the last backup was longer ago than --max-age, or never, when it holds no file, and when the newest state of the backup is damaged; with 3 when the last backup lacks what could not be read.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    {
      name: 'max-age',
      value: 'TIME',
      summary: `Oldest that is still good, such as 12h, 2d, 1w (${DEFAULT_MAX_AGE})`,
    },
    ...BACKUP_OPTIONS,
  ],
  examples: [{ line: 'holdfast status --max-age 2d --quiet', what: 'For monitoring' }],

  async run(invocation) {
    const { options, terminal, output, signal } = invocation;
    const maxAge = options.text('max-age') ?? DEFAULT_MAX_AGE;
    const maxAgeMs = readDurationMs(maxAge);
    if (maxAgeMs === null) {
      throw usageError('Cannot show the status: --max-age takes a time such as 12h, 2d or 1w');
    }
    await using opened = await openChosenBackup(invocation, 'read-older');
    const { backup, storeUrl } = opened;
    const client = await import('@holdfast/client/snapshots');
    const snapshots = await client.listSnapshots(backup, { signal });
    const { deviceId, deviceName } = backup.device;
    const ofDevice = snapshots.filter((snapshot) => equalBytes(snapshot.deviceId, deviceId));
    const own = newest(ofDevice);
    const run = await recallRun(findFolders(terminal.env), backup.id);
    // A run that found nothing changed counts as long as the snapshot that it relied on is there.
    const isRunGood = snapshots.some(({ number }) => number === run?.snapshot);
    const lastMs = Math.max(own?.atMs ?? 0, isRunGood && run ? run.atMs : 0) || null;
    const ageMs = lastMs === null ? null : Math.max(0, terminal.now() - lastMs);
    const current = own === null ? [] : [own, ...client.otherSources(ofDevice, own)];
    const lacks = own?.unreadableCount ?? 0;
    const lost = await client.findLostFiles(backup, current, { signal });
    const isLost = lost.files > 0 || lost.isMore;

    output.report([
      `Store        ${storeUrl}`,
      `Backup       ${backup.id.toHex().slice(0, 16)}`,
      `This device  ${safeText(deviceName)}`,
      `Last backup  ${ageMs === null ? 'never' : `${formatDuration(ageMs)} ago`}`,
      `Snapshots    ${formatCount(snapshots.length)}`,
      ...describeNewest(own, newest(snapshots)),
    ]);
    const isRecent = ageMs !== null && ageMs <= maxAgeMs;
    const isEmpty = own?.fileCount === 0;
    const isGood = isRecent && !isEmpty && !backup.isBehind && !isLost && lacks === 0;
    output.summary({
      store: storeUrl,
      backupId: backup.id.toHex(),
      deviceName,
      snapshots: snapshots.length,
      lastSnapshot: own?.number ?? null,
      lastBackupAtMs: lastMs,
      ageMs,
      unreadable: lacks,
      packsLost: lost.packs,
      filesLost: lost.files,
      isGood,
    });
    if (lost.packs > 0) output.warn(lostText(lost));
    if (lacks > 0)
      output.warn(
        `The last backup is not up to date in ${countOf(lacks, 'item')} that could not be read`,
      );
    if (isEmpty) output.warn('The last backup holds no file: nothing was found in its folders');
    if (!isRecent) {
      output.warn(
        ageMs === null
          ? 'This device has never been backed up here'
          : `The last backup is ${formatDuration(ageMs)} old, more than ${maxAge}`,
      );
    }
    if (isLost) return EXIT_DAMAGED;
    if (!isRecent || isEmpty || backup.isBehind) return EXIT_FAILED;
    return lacks > 0 ? EXIT_PARTIAL : 0;
  },
};

/** Of a damaged pack only some files may be hit; only reading it all would tell which. */
function lostText({ packs, files, isMore }: LostFiles): string {
  const what = `The store has lost or damaged ${countOf(packs, 'pack')}`;
  if (files === 0 && !isMore) {
    return `${what}, which the newest snapshots of this device do not need; "holdfast check" tells what does`;
  }
  const upTo = files === 1 ? '1 file' : `up to ${formatCount(files)} files`;
  const which = isMore ? 'an unknown number of files' : upTo;
  return `${what}: of the newest snapshots of this device, ${which} can not be restored. "holdfast backup" stores again what is still here`;
}

function newest(snapshots: readonly Snapshot[]): Snapshot | null {
  return snapshots.reduce<Snapshot | null>(
    (best, snapshot) => (best === null || snapshot.atMs > best.atMs ? snapshot : best),
    null,
  );
}

/** The newest snapshot of this device, and of another one if that is newer. */
function describeNewest(own: Snapshot | null, latest: Snapshot | null): string[] {
  const lines: string[] = [];
  if (own) lines.push(`  Newest     ${own.number}, of ${formatDate(own.atMs)}`);
  if (latest && latest.number !== own?.number) {
    const device = safeText(latest.deviceName);
    lines.push(`  Others     ${latest.number}, of ${formatDate(latest.atMs)}, by ${device}`);
  }
  return lines;
}
