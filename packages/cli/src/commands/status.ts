/** `holdfast status`: when this device was last backed up; fails when that is too long ago. */
import type { LostFiles, Snapshot } from '@holdfast/client';
import type { KeyDates } from '@holdfast/client/open';
import { safeName, safeText } from '@holdfast/client/safe-text';
import { equalBytes } from '@holdfast/core/bytes';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';
import { EXIT_DAMAGED, EXIT_FAILED, EXIT_PARTIAL } from '../exit-codes.ts';
import { nameFields } from '../output/json-line.ts';
import { describeUsage, readUsage, usageTexts } from '../output/store-usage.ts';
import { adviceTexts, alarmTexts, describeWatch, watchFacts } from '../passwords/watch-texts.ts';
import { watchVaults } from '../passwords/watch-vaults.ts';
import { findFolders } from '../places/folders.ts';
import { recallRuns } from '../places/last-run.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';
import {
  countOf,
  formatCount,
  formatDate,
  formatDuration,
  readDurationMs,
} from '../terminal/quantities.ts';
import {
  describeWitnesses,
  holdersAmong,
  lagTexts,
  warningTexts,
  witnessesAmong,
  witnessFacts,
} from '../witnesses/witness-texts.ts';

const DEFAULT_MAX_AGE = '7d';

export const command: Command = {
  name: 'status',
  summary: 'Show how old the newest backup of this device is',
  usage: '[--max-age TIME]',
  description: [
    'Shows when each set of folders of this device was last backed up, and whether the store still holds all packs of that. What lies in them only "holdfast check --read-data all" proves; what a check or a restore on this device has found damaged counts as lost.',
    'Fails with exit code 13 when files of the newest snapshots of this device are lost; with 14 when a vault has seen a newer state than the store shows; with 1 when the last backup of any folders was longer ago than --max-age, or never, when it holds no file, and when the newest state of the backup is damaged; with 3 when it lacks what could not be read.',
    'Asks the trusted vaults, too: tells how many of them remember the newest state, of passwords that wait to take effect, of guesses that were not made on this device, and after 30 days to try the password. That changes no exit code.',
    'Folders that are not backed up any more count until their snapshots are forgotten.',
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
    await using opened = await openChosenBackup(invocation, { onDamage: 'read-older' });
    const { backup, storeUrl } = opened;
    const client = await import('@holdfast/client/snapshots');
    const snapshots = await client.listSnapshots(backup, { signal });
    const { deviceId, deviceName } = backup.device;
    const ofDevice = snapshots.filter((snapshot) => equalBytes(snapshot.deviceId, deviceId));
    const folders = findFolders(terminal.env);
    const runs = await recallRuns(folders, backup.id);
    // A run that found nothing changed counts for the snapshot that it relied on.
    const lastMs = ({ number, atMs }: Snapshot): number =>
      Math.max(atMs, ...runs.filter((run) => run.snapshot === number).map((run) => run.atMs));
    const current = client.newestOfEach(ofDevice, lastMs);
    const sets = current.map((snapshot) =>
      judge(snapshot, lastMs(snapshot), terminal.now(), maxAgeMs),
    );
    const { store, rootKey } = opened;
    const nowMs = terminal.now();
    const place = { folders, store, rootKey, backupId: backup.id, signal, nowMs };
    const watch = await watchVaults(place, output);
    const { compareWithWitnesses, headTime, neededHolders, staleError } = await import(
      '@holdfast/client/witnesses'
    );
    const vaults = await readTrustedVaults(folders);
    const witnesses = await compareWithWitnesses(backup, { vaults, signal });
    const needed = await neededHolders(store, witnessesAmong(witnesses), signal);
    const stale = staleError(backup, witnesses);
    const { readKeyDates } = await import('@holdfast/client/open');
    const keyDates = await readKeyDates(backup, { signal });
    const lost = await client.findLostFiles(backup, current, { signal });
    const isLost = lost.files > 0 || lost.isMore;
    const usage = await readUsage(store, signal);

    output.report([
      `Store        ${storeUrl}`,
      ...describeUsage(usage),
      `Backup       ${backup.id.toHex().slice(0, 16)}`,
      `This device  ${safeText(deviceName)}`,
      ...describeKeys(keyDates),
      `Snapshots    ${formatCount(snapshots.length)}`,
      ...describeOther(snapshots.at(-1), deviceId),
      ...describeSets(sets),
      ...(vaults.length === 0 ? [] : [describeWitnesses(witnesses, needed)]),
      ...(watch === null ? [] : describeWatch(watch, nowMs)),
    ]);
    const isNone = sets.length === 0;
    const isBad = isNone || backup.isBehind || sets.some(({ isOld, isEmpty }) => isOld || isEmpty);
    const isLacking = sets.some(({ unreadable }) => unreadable > 0);
    output.summary({
      store: storeUrl,
      ...usage,
      backupId: backup.id.toHex(),
      deviceName,
      keys: keyDates,
      snapshots: snapshots.length,
      sets: sets.map(({ name: _, ...facts }) => facts),
      packsLost: lost.packs,
      filesLost: lost.files,
      password: watch === null ? undefined : watchFacts(watch),
      ...witnessFacts(witnesses),
      isWitnessed: vaults.length === 0 ? undefined : holdersAmong(witnesses) >= needed,
      isGood: !isBad && !isLost && !isLacking && stale === null,
    });
    const warned = warningTexts(witnesses);
    const watched = watch === null ? [] : [...alarmTexts(watch), ...adviceTexts(watch, nowMs)];
    // Of a vault that is held up, the witness' text goes on where the other ends.
    const isSaid = (text: string): boolean => warned.some((other) => other.startsWith(text));
    for (const text of watched) if (!isSaid(text)) output.warn(text);
    const { number } = backup.newestHead ?? backup.state.head;
    const lags = await lagTexts(witnesses, number, (head) => headTime(backup, head, signal));
    for (const text of [...warned, ...lags]) output.warn(text);
    for (const text of usageTexts(usage)) output.warn(text);
    if (stale !== null) output.warn(stale.message);
    if (lost.packs > 0) output.warn(lostText(lost));
    if (isNone) output.warn('This device has never been backed up here');
    for (const set of sets) for (const text of warnings(set, maxAge)) output.warn(text);
    if (isLost) return EXIT_DAMAGED;
    if (stale !== null) return stale.exitCode;
    if (isBad) return EXIT_FAILED;
    return isLacking ? EXIT_PARTIAL : 0;
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
  return `${what}: of the newest snapshots of this device, ${which} can not be restored. Back the same folders up again: what is still here is stored anew`;
}

/** How well a set of folders is backed up. */
interface FolderSet {
  readonly name: string;
  readonly sources: readonly string[];
  readonly snapshot: number;
  readonly lastBackupAtMs: number;
  readonly ageMs: number;
  readonly unreadable: number;
  readonly isOld: boolean;
  readonly isEmpty: boolean;
}

function judge(snapshot: Snapshot, lastMs: number, nowMs: number, maxAgeMs: number): FolderSet {
  const ageMs = Math.max(0, nowMs - lastMs);
  return {
    name: snapshot.sources.map(safeName).join(', '),
    sources: snapshot.sources.map((source) => nameFields(source).path),
    snapshot: snapshot.number,
    lastBackupAtMs: lastMs,
    ageMs,
    unreadable: snapshot.unreadableCount,
    isOld: ageMs > maxAgeMs,
    isEmpty: snapshot.fileCount === 0,
  };
}

function warnings({ name, ...set }: FolderSet, maxAge: string): string[] {
  const last = `The last backup of ${name}`;
  const texts: string[] = [];
  if (set.unreadable > 0) {
    const items = countOf(set.unreadable, 'item');
    texts.push(`${last} is not up to date in ${items} that could not be read`);
  }
  if (set.isEmpty) texts.push(`${last} holds no file: nothing was found there`);
  if (set.isOld) texts.push(`${last} is ${formatDuration(set.ageMs)} old, more than ${maxAge}`);
  return texts;
}

/** Nothing while they are those of the beginning. */
function describeKeys({ generation, rootKeySinceMs, epoch, epochSinceMs }: KeyDates): string[] {
  const last = (atMs: number | null): string =>
    atMs === null ? '' : `, last on ${formatDate(atMs)}`;
  const changed = `64 digits    changed ${countOf(generation, 'time')}${last(rootKeySinceMs)}`;
  const begun = `Sealing key  changed ${countOf(epoch, 'time')}${last(epochSinceMs)}`;
  return [...(generation > 0 ? [changed] : []), ...(epoch > 0 ? [begun] : [])];
}

function describeSets(sets: readonly FolderSet[]): string[] {
  if (sets.length === 0) return ['Last backup  never'];
  return sets.map(({ name, snapshot, ageMs }, i) => {
    const label = i === 0 ? 'Last backup' : '';
    return `${label.padEnd(13)}${formatDuration(ageMs)} ago, snapshot ${snapshot}: ${name}`;
  });
}

/** The newest snapshot when it is of another device. */
function describeOther(latest: Snapshot | undefined, deviceId: Uint8Array): string[] {
  if (latest === undefined || equalBytes(latest.deviceId, deviceId)) return [];
  const device = safeText(latest.deviceName);
  return [`  Newest     ${latest.number}, of ${formatDate(latest.atMs)}, by ${device}`];
}
