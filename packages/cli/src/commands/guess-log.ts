/** `holdfast guess-log`: what the vaults have noted of this backup, checked. */
import type { GuessLog } from '@holdfast/client/passwords';
import { HoldfastError } from '@holdfast/core/errors';
import type { LogEntry, LogEventKind } from '@holdfast/core/vault-protocol';
import { STORE } from '../arguments/every-option.ts';
import type { Command, Invocation } from '../command.ts';
import { namedVaults } from '../passwords/choose-vaults.ts';
import { failureText } from '../passwords/failure-text.ts';
import { openPasswordPlace } from '../passwords/password-place.ts';
import { strangeGuesses } from '../passwords/strange-guesses.ts';
import { findFolders } from '../places/folders.ts';
import { recallPassword, rememberPassword } from '../places/password-memory.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';
import { formatDate } from '../terminal/quantities.ts';
import { formatTable } from '../terminal/table.ts';
import { lostLogText } from '../witnesses/witness-texts.ts';

const WORDS: Readonly<Record<LogEventKind, string>> = {
  enrolled: 'The vault began to know this backup',
  staged: 'A password was prepared',
  pending: 'A password waits, without the old one',
  live: 'A password took effect',
  guess: 'A guess',
  proof: 'The guess was right',
  destroyed: 'Destroyed after too many wrong guesses',
  retired: 'An old password was ended',
  removed: 'A password was removed',
  'removal-due': 'The removal of a password began',
  cancelled: 'A change or removal was cancelled',
  rebased: 'The newest state was put aside for another',
  suspended: 'Who runs the vault suspended guessing',
  resumed: 'Who runs the vault let it go on',
  rotated: 'The 64-digit key was changed',
};

export const command: Command = {
  name: 'guess-log',
  summary: 'Show every guess and change that the vaults noted',
  usage: '[--vault URL …]',
  description: [
    'Shows what each trusted vault has noted of this backup. The entries follow from each other and end with what the vault has signed, so that none can be left out or changed afterwards without this device, which remembers the last one that it saw, noticing: then it warns.',
    'A guess that was not proved right was wrong; whether it was made on this device is said.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    {
      name: 'vault',
      value: 'URL',
      isList: true,
      summary: 'Only of this vault, and others named so',
    },
    STORE,
  ],
  examples: [{ line: 'holdfast guess-log', what: 'Was there anybody else?' }],

  async run(invocation) {
    const { options, terminal, output, signal } = invocation;
    const folders = findFolders(terminal.env);
    const vaults = await namedVaults(options, await readTrustedVaults(folders));
    using place = await openPasswordPlace(invocation);
    const { store, rootKey, backupId } = place;
    const { seen, attempts } = await recallPassword(folders, backupId);
    const { readGuessLogs } = await import('@holdfast/client/passwords');
    const asked = { vaults, accountCode: null, signal, seen };
    const logs = await readGuessLogs(store, rootKey, asked);
    for (const log of logs) show(log, attempts, invocation);
    const read = logs.flatMap(({ identity, log }) => (log === null ? [] : [{ identity, log }]));
    if (read.length === 0) {
      throw new HoldfastError('vaults-unreachable', 'Cannot show the log: no vault gives one');
    }
    const ends = read.map(({ identity, log }) => [identity.toHex(), log.status.log] as const);
    await rememberPassword(folders, backupId, { seen: new Map([...seen, ...ends]) });
    output.summary({
      backupId: backupId.toHex(),
      vaults: logs.map(({ name, log }) => ({
        url: name,
        isReached: log !== null,
        entries: log?.entries.length,
        isWhole: log?.isWhole,
        hasSeen: log?.hasSeen,
      })),
    });
    return 0;
  },
};

function show(
  { name, log, failure }: GuessLog,
  attempts: readonly string[],
  { output }: Invocation,
): void {
  if (log === null) {
    output.warn(failureText(name, failure));
    return;
  }
  const { entries, isWhole, hasSeen } = log;
  const strange = new Set(strangeGuesses(entries, attempts));
  const proved = new Set(
    entries.flatMap(({ what, attemptId }) => (what === 'proof' ? [attemptId?.toHex()] : [])),
  );
  const noteOn = (entry: LogEntry): string => {
    if (entry.what !== 'guess' || proved.has(entry.attemptId?.toHex())) return '';
    return strange.has(entry) ? 'wrong, and not made on this device' : 'wrong, made on this device';
  };
  output.result(name);
  const rows = entries.map((entry) => {
    const { number, timeMs, what, total } = entry;
    return [String(number), formatDate(timeMs), WORDS[what], String(total), noteOn(entry)];
  });
  for (const line of formatTable([['#', 'Time', 'What', 'Counting', 'Note'], ...rows], [0, 3])) {
    output.result(`  ${line}`);
  }
  for (const entry of entries) {
    const { number, timeMs, what, recordId, attemptId, total, lifetime } = entry;
    const isStrange = strange.has(entry);
    output.json({
      ...{ type: 'entry', url: name, number, atMs: timeMs, what, recordId, attemptId },
      ...{ total, lifetime, isStrange },
    });
  }
  if (!isWhole) {
    output.warn(
      `The log of the vault at ${name} does not lead to what it signed: it was changed, or is damaged`,
    );
  }
  if (!hasSeen) {
    output.warn(lostLogText(name));
  }
}
