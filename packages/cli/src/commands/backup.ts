/** `holdfast backup`: one new snapshot of the named folders. */
import { resolve } from 'node:path';
import type { BackupSummary } from '@holdfast/client';
import { ACCEPT_STALE, BACKUP_OPTIONS, DRY_RUN } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';
import { EXIT_PARTIAL } from '../exit-codes.ts';
import { tellOfVaults } from '../passwords/tell-of-vaults.ts';
import { readConfig } from '../places/config.ts';
import { findFolders } from '../places/folders.ts';
import { rememberRun } from '../places/last-run.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';
import { countOf, formatBytes, formatCount, formatDuration } from '../terminal/quantities.ts';
import { confirmNewest } from '../witnesses/confirm-newest.ts';
import { tellVaults } from '../witnesses/tell-vaults.ts';
import { warningTexts, witnessFacts } from '../witnesses/witness-texts.ts';

export const command: Command = {
  name: 'backup',
  summary: 'Make a snapshot of folders and files',
  usage: '[FOLDER …] [--exclude PATTERN …] [--dry-run]',
  description: [
    'Makes a snapshot of the named folders and files. Only what is new is encrypted and stored, and an interrupted backup goes on where it stopped.',
    'A FOLDER that is a symbolic link is followed: what it leads to is kept under the name of the link. Links inside a FOLDER are kept as links.',
    'Without a FOLDER, backs up those given to "holdfast schedule".',
    'Before that, asks the vaults that this device trusts whether the store shows the newest state, and has them remember the new one afterwards. When the store shows an older state than this device or a vault has seen, or another history, fails with exit code 14 and stores nothing. With --accept-stale it goes on from what the store shows: do so when you know why, such as a disk that was itself restored.',
    'Then asks the vaults, for a few seconds at most, and tells of passwords that wait to take effect and of guesses that were not made on this device.',
    'Fails with exit code 3 when something could not be read, and when a folder holds no file though the snapshot before has files of it: its disk may not be mounted.',
    'A PATTERN without a slash is compared with names, one with a slash with paths from the name of the FOLDER down. * stands for any run without a slash, ** for any run, ? for one character.',
  ],
  operands: { least: 0, most: Number.POSITIVE_INFINITY },
  completes: 'folder',
  resumes: true,
  options: [
    { name: 'exclude', value: 'PATTERN', isList: true, summary: 'Leave out paths that match' },
    ACCEPT_STALE,
    DRY_RUN,
    ...BACKUP_OPTIONS,
  ],
  examples: [
    { line: 'holdfast backup ~/WhatsApp', what: 'One folder' },
    {
      line: "holdfast backup ~/WhatsApp --exclude '*.tmp' --exclude .thumbs",
      what: 'Without temporary files',
    },
  ],

  async run(invocation) {
    const { options, operands, terminal, output, signal } = invocation;
    const folders = findFolders(terminal.env);
    const config = await readConfig(folders);
    const sources = operands.length > 0 ? operands : (config.sources ?? []);
    if (sources.length === 0) {
      throw usageError('Cannot back up: no folder is named', 'Name one: holdfast backup FOLDER');
    }
    const isScheduled = operands.length === 0;
    const exclude = [...(isScheduled ? (config.exclude ?? []) : []), ...options.list('exclude')];
    const dryRun = options.has('dry-run');

    const acceptsStale = options.has(ACCEPT_STALE.name);
    const accepting = dryRun ? 'look' : 'accept';
    await using opened = await openChosenBackup(invocation, {
      onStale: acceptsStale ? accepting : 'fail',
    });
    const vaults = await readTrustedVaults(folders);
    const howToAccept = 'To go on from what it shows all the same, add --accept-stale.';
    const confirming = { vaults, acceptsStale, howToAccept };
    const { witnesses: asked } = await confirmNewest(opened.backup, invocation, confirming);
    const client = await import('@holdfast/client');
    const paths = sources.map((source) => resolve(source));
    client.assertSources(paths);
    output.aside(`${dryRun ? 'Comparing with' : 'Backing up to'} ${opened.storeUrl}`);
    const summary = await client.backUp(opened.backup, paths, {
      exclude,
      dryRun,
      signal,
      onEvent: output.event,
    });
    output.endProgress();
    const { snapshot } = summary;
    if (snapshot !== null) {
      const run = { sources: paths, atMs: terminal.now(), snapshot };
      await rememberRun(folders, opened.backup.id, run);
    }
    output.report(formatSummary(summary, dryRun));
    if (summary.unreadable > 0) output.warn(unreadableText(summary));
    if (summary.emptied > 0) output.warn(emptiedText(summary));
    const told = warningTexts(asked);
    const witnesses = dryRun ? [] : await tellVaults(opened.backup, invocation, vaults, told);
    if (!dryRun) {
      const { store, rootKey, backup } = opened;
      const place = { folders, store, rootKey, backupId: backup.id };
      await tellOfVaults(invocation, place, told);
    }
    const { notes: _, ...facts } = summary;
    output.summary({ ...facts, dryRun, ...witnessFacts(witnesses) });
    return summary.unreadable > 0 || summary.emptied > 0 ? EXIT_PARTIAL : 0;
  },
};

/** Of a folder that can't be listed, what it held is carried too. */
function unreadableText({ unreadable, carried }: BackupSummary): string {
  const could = `${countOf(unreadable, 'item')} could not be read`;
  if (carried === 0) return `${could}: the snapshot lacks what is new there`;
  const stay = carried === 1 ? '1 file stays' : `${formatCount(carried)} files stay`;
  return `${could}: ${stay} in the snapshot as before`;
}

function emptiedText({ emptied }: BackupSummary): string {
  const which = emptied === 1 ? 'A folder holds' : `${formatCount(emptied)} folders hold`;
  return `${which} no file, though the snapshot before has files of ${emptied === 1 ? 'it' : 'them'}`;
}

interface Facts {
  readonly snapshot: number | null;
  readonly isNew: boolean;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesMetadata: number;
  readonly filesStoredAgain: number;
  readonly filesUnmodified: number;
  readonly filesRemoved: number;
  readonly bytesRead: number;
  readonly bytesAdded: number;
  readonly durationMs: number;
}

function formatSummary(facts: Facts, dryRun: boolean): string[] {
  const { snapshot, isNew, filesMetadata, filesStoredAgain, bytesRead } = facts;
  const counts = [
    `${formatCount(facts.filesNew)} new`,
    `${formatCount(facts.filesChanged)} changed`,
    ...(filesMetadata > 0 ? [`${formatCount(filesMetadata)} with other permissions or times`] : []),
    ...(filesStoredAgain > 0 ? [`${formatCount(filesStoredAgain)} stored again`] : []),
    `${formatCount(facts.filesRemoved)} removed`,
    `${formatCount(facts.filesUnmodified)} unchanged`,
  ];
  const files = `  Files  ${counts.join(', ')}`;
  if (dryRun) {
    const read = `  Read   ${formatBytes(bytesRead)} would be read, and what is new in it stored`;
    return ['Dry run: nothing was stored', files, read];
  }
  return [
    isNew ? `Snapshot ${snapshot}` : `Nothing has changed since snapshot ${snapshot}`,
    files,
    `  Read   ${formatBytes(bytesRead)}`,
    `  Added  ${formatBytes(facts.bytesAdded)}${isNew ? '' : ', a note that all was compared'}`,
    `  Time   ${formatDuration(facts.durationMs)}`,
  ];
}
