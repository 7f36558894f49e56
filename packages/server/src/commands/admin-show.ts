/** `holdfast-server admin show`: how one backup stands, as its owner sees it too. */
import type { LedgerStatus } from '@holdfast/core/vault-protocol';
import { LedgerReader } from '@holdfast/vault/vault';
import type { Command } from '../command.ts';
import { noSuchBackup, readBackupId, WHERE_IDS_ARE } from '../parts/backup-id.ts';
import { withVaultParts } from '../parts/vault-parts.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { ADMIN_SETTINGS, VAULT_REALM } from '../settings/vault-settings.ts';

export const command: Command = {
  name: 'admin show',
  summary: 'Show how one backup stands at a vault',
  description: [
    'Shows how a backup stands: guesses left, delays, and the state of its records. It is all that an operator can see; nothing here, or anywhere else, gives guesses back. Beside a running vault, times may be shown a minute too long.',
    WHERE_IDS_ARE,
  ],
  takesOperands: true,
  options: [CONFIG, ...optionsOf(ADMIN_SETTINGS)],
  examples: [],

  async run({ arguments: given, env, say }) {
    const backupId = readBackupId(given.operands, 'show');
    const settings = await readSettings(ADMIN_SETTINGS, given, env, VAULT_REALM);
    const status = await withVaultParts(settings, env, (parts) =>
      new LedgerReader(parts).status(backupId),
    );
    if (status === null) throw noSuchBackup('show');
    for (const line of formatStatus(status)) say(line);
    return 0;
  },
};

function formatStatus({
  state,
  guessesLeft,
  lifetimeLeft,
  waitMs,
  log,
  head,
  records,
}: LedgerStatus): string[] {
  return [
    `State           ${state === 'none' ? 'no record' : state.replace('-', ' ')}`,
    `Guesses left    ${guessesLeft}, of its life ${lifetimeLeft}`,
    ...(waitMs === 0 ? [] : [`For another     ${formatTime(waitMs)}`]),
    `Log entries     ${log.number}`,
    `Newest head     ${head?.number ?? 'none'}`,
    ...records.map(({ version, state: recordState, row, dueInMs }) => {
      const due = dueInMs === 0 ? '' : `, changes in ${formatTime(dueInMs)}`;
      return `Record ${`${version}`.padEnd(9)}${recordState}, ${row} wrong guesses${due}`;
    }),
  ];
}

/** In hours and minutes, up to the full minute. */
function formatTime(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
