/** `holdfast restore`: a snapshot, or parts of it, into a folder. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RestoreSummary, Snapshot } from '@holdfast/client';
import { safeName } from '@holdfast/client/safe-text';
import { HoldfastError } from '@holdfast/core/errors';
import { ACCEPT_STALE, BACKUP_OPTIONS, DRY_RUN } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { commandError, usageError } from '../command-error.ts';
import { EXIT_PARTIAL } from '../exit-codes.ts';
import { nameFields, stretchFields } from '../output/json-line.ts';
import { elsewhereText, lacksText } from '../output/missing-path.ts';
import { findFolders } from '../places/folders.ts';
import { freeRoom } from '../places/free-room.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';
import { countOf, formatBytes, formatCount, formatDuration } from '../terminal/quantities.ts';
import { confirmNewest } from '../witnesses/confirm-newest.ts';
import { answersAmong, UNCONFIRMED } from '../witnesses/witness-texts.ts';

/** Other sets of folders that are named. */
const OTHERS_SHOWN = 5;

export const command: Command = {
  name: 'restore',
  summary: 'Restore a snapshot, or parts of it, to a folder',
  usage: '[latest | NUMBER] --to DIR [--include PATH …] [--overwrite]',
  description: [
    'Restores a snapshot into a folder, bit for bit, with permissions, and times to the microsecond. With --include, only what matches is fetched: paths as "holdfast ls" shows them, or patterns as in "holdfast help backup".',
    'Unless a NUMBER is given, it is the snapshot that was made last, by whatever device and of whatever folders. When other folders were backed up too, the newest snapshots of them are named.',
    'When the store shows an older state than this device or a trusted vault has seen, or another history, fails with exit code 14. With --accept-stale, what it shows is restored.',
    'Files that are already there stay as they are, unless --overwrite is given. What could not be restored, or is not in the snapshot, is named, and the exit code is 3, as when the newest state of the backup is damaged and an older one is restored.',
  ],
  operands: { least: 0, most: 1 },
  completes: ['latest'],
  resumes: true,
  options: [
    { name: 'to', value: 'DIR', summary: 'The folder to restore into (required)' },
    {
      name: 'include',
      value: 'PATH',
      isList: true,
      summary: 'Restore only this path or pattern, such as "*.opus"',
    },
    { name: 'overwrite', summary: 'Replace files that are already there' },
    {
      name: 'privileged',
      summary: 'Also restore set-user-ID bits and system attributes, which grant rights',
    },
    ACCEPT_STALE,
    DRY_RUN,
    ...BACKUP_OPTIONS,
  ],
  examples: [
    { line: 'holdfast restore --to ~/restored', what: 'Everything of the newest snapshot' },
    {
      line: "holdfast restore 3 --to . --include '**/msgstore.db'",
      what: 'One file of snapshot 3',
    },
  ],

  async run(invocation) {
    const { options, operands, output, signal, terminal } = invocation;
    const to = options.text('to');
    if (to === undefined) {
      throw usageError('Cannot restore: no folder is named', 'Name one: holdfast restore --to DIR');
    }
    await assertNoFile(to);
    const dryRun = options.has('dry-run');
    const acceptsStale = options.has(ACCEPT_STALE.name);
    await using opened = await openChosenBackup(invocation, {
      onDamage: 'read-older',
      onStale: acceptsStale ? 'look' : 'fail',
    });
    const vaults = await readTrustedVaults(findFolders(terminal.env));
    const howToAccept = 'To restore it all the same, add --accept-stale.';
    const confirming = { vaults, acceptsStale, howToAccept };
    const { witnesses } = await confirmNewest(opened.backup, invocation, confirming);
    if (vaults.length > 0 && answersAmong(witnesses).length === 0) output.warn(UNCONFIRMED);
    const client = await import('@holdfast/client');
    const snapshot = await client.findSnapshot(opened.backup, operands[0] ?? 'latest', {
      signal,
    });
    const snapshots = await client.listSnapshots(opened.backup, { signal });
    const fuller = client.newestWithFiles(snapshots, snapshot);
    if (snapshot.fileCount === 0) output.warn(emptyText(snapshot, fuller));
    const others =
      operands.length === 0 || operands[0] === 'latest'
        ? client.otherSources(snapshots, snapshot)
        : [];
    const include = [...options.list('include')];
    const room = include.length > 0 ? null : await freeRoom(to);
    if (room !== null && room < snapshot.totalBytes) {
      const [needed, free] = [snapshot.totalBytes, room].map(formatBytes);
      output.warn(`The snapshot holds ${needed}, and where it goes ${free} are free`);
    }
    const elsewhere = async (path: string) =>
      await elsewhereText(opened.backup, snapshot, path, { signal });
    const summary = await client
      .restore(opened.backup, snapshot, {
        to: resolve(to),
        ...(include.length > 0 ? { include } : {}),
        overwrite: options.has('overwrite'),
        privileged: options.has('privileged'),
        dryRun,
        signal,
        onEvent: output.event,
      })
      .catch(async (error: unknown) => {
        if (!(error instanceof HoldfastError) || error.code !== 'path-missing') throw error;
        const nextStep = await elsewhere(include[0] as string);
        throw commandError(error.code, `Cannot restore: ${lacksText(snapshot, include)}`, {
          ...(nextStep === null ? {} : { nextStep }),
          cause: error,
        });
      });
    output.endProgress();
    const { files, folders, bytes, skipped, failed, unmatched, durationMs } = summary;
    output.report([
      outcome(summary, dryRun, `snapshot ${snapshot.number}`, placeOf(snapshot, to)),
      `  From     ${snapshot.sources.map(safeName).join(', ')}`,
      `  Files    ${formatCount(files)} in ${countOf(folders, 'folder')}, ${formatBytes(bytes)}`,
      ...(skipped > 0 ? [`  Skipped  ${formatCount(skipped)} already there`] : []),
      `  Time     ${formatDuration(durationMs)}`,
    ]);
    const isAllFound = include.length > 0 && unmatched.length === 0;
    if (others.length > 0 && !isAllFound) output.warn(othersText(snapshot, others));
    for (const path of unmatched) {
      const advice = await elsewhere(path);
      const lack = `S${lacksText(snapshot, [path]).slice(1)}`;
      output.warn(advice === null ? lack : `${lack}. ${advice}`);
    }
    if (failed.length > 0) {
      const isTaken =
        !options.has('overwrite') && failed.some(({ code }) => code === 'target-unusable');
      const advice = isTaken ? '; --overwrite replaces what is there' : '';
      output.warn(`${countOf(failed.length, 'item')} could not be restored, named above${advice}`);
      if (failed.some(({ code }) => code === 'damaged' || code === 'object-missing')) {
        output.warn(damageText(snapshot));
      }
    }
    const failures = failed.map(({ path, before, ...failure }) => ({
      ...stretchFields(path, before),
      ...failure,
    }));
    output.summary({
      snapshot: snapshot.number,
      sources: snapshot.sources.map((source) => nameFields(source).path),
      others: others.map(({ number }) => number),
      ...summary,
      failed: failures,
      dryRun,
    });
    const isPartial = failed.length > 0 || unmatched.length > 0 || opened.backup.isBehind;
    return isPartial ? EXIT_PARTIAL : 0;
  },
};

/** @param fuller The newest snapshot of the same folders that holds files. */
function emptyText({ number }: Snapshot, fuller: Snapshot | null): string {
  const text = `Snapshot ${number} holds no file`;
  if (fuller === null) return text;
  const many = countOf(fuller.fileCount, 'file');
  return `${text}: of the same folders, snapshot ${fuller.number} is the newest with files (${many}). Restore it by number`;
}

/** Who says just "restore" may have meant what was backed up by another command, or device. */
function othersText(own: Snapshot, others: readonly Snapshot[]): string {
  const named = others
    .slice(0, OTHERS_SHOWN)
    .map((other) => `${other.number} (${other.sources.map(safeName).join(', ')})`);
  const more = others.length > OTHERS_SHOWN ? ' and more, which "holdfast snapshots" lists' : '';
  const noun = others.length === 1 ? 'snapshot' : 'snapshots';
  const areSame = others.every(({ sources }) => isSame(sources, own.sources));
  const folders = own.sources.length === 1 ? 'folder' : 'folders';
  const what = areSame ? `the same ${folders} on another device` : 'other folders';
  const verb = areSame && folders === 'folder' ? 'is' : 'are';
  return `Snapshot ${own.number} is the newest, but not of everything: ${what} ${verb} in ${noun} ${named.join(', ')}${more}. Restore them by number too`;
}

function isSame(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.map(safeName).join('\n') === b.map(safeName).join('\n');
}

function damageText({ sources }: Snapshot): string {
  const folders = sources.map((source) => `'${safeName(source)}'`).join(' ');
  return `The store has lost or damaged something. "holdfast backup ${folders}" stores again what this device still has of it; "holdfast check --read-data all" tells what else is affected`;
}

/** One source keeps its name there; several lie beside each other. */
function placeOf({ sources }: Snapshot, to: string): string {
  const [source] = sources;
  if (source === undefined || sources.length > 1) return to;
  return join(to, safeName(source.subarray(source.lastIndexOf(SLASH) + 1)));
}

const SLASH = 0x2f;

function outcome(
  { files, skipped, failed }: RestoreSummary,
  dryRun: boolean,
  what: string,
  where: string,
): string {
  if (dryRun) return `Dry run: ${what} would be restored to ${where}`;
  if (failed.length > 0 && files + skipped === 0) return `Nothing restored of ${what} to ${where}`;
  const done = `S${what.slice(1)} restored`;
  return failed.length > 0 ? `${done} in part to ${where}` : `${done} to ${where}`;
}

/** @throws {HoldfastError} `target-unusable` when something other than a folder is there. */
async function assertNoFile(to: string): Promise<void> {
  const found = await stat(to).catch(() => null);
  if (found === null || found.isDirectory()) return;
  throw commandError('target-unusable', `Cannot restore to ${to}: it is not a folder`, {
    nextStep: 'Name a folder with --to; files keep their own names in it.',
  });
}
