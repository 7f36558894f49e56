/** `holdfast-server admin counts`: how many backups a vault holds something for. */
import { LedgerReader } from '@holdfast/vault/vault';
import type { Command } from '../command.ts';
import { withVaultParts } from '../parts/vault-parts.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { ADMIN_SETTINGS, VAULT_REALM } from '../settings/vault-settings.ts';

export const command: Command = {
  name: 'admin counts',
  summary: 'Count the backups of a vault, by how they stand',
  description: [
    'Opens every ledger of a vault, which may be running, and counts how they stand: with a record that can be guessed at, delayed or frozen by wrong guesses, suspended, at the limit of their life, or without a record.',
  ],
  options: [CONFIG, ...optionsOf(ADMIN_SETTINGS)],
  examples: [],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(ADMIN_SETTINGS, given, env, VAULT_REALM);
    const counts = await withVaultParts(settings, env, (parts) => new LedgerReader(parts).count());
    const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
    say(`Backups         ${all}`);
    say(`  ready         ${counts.ready}`);
    say(`  delayed       ${counts.delayed}`);
    say(`  suspended     ${counts.suspended}`);
    say(`  frozen        ${counts.frozen}`);
    say(`  locked out    ${counts['locked-out']}`);
    say(`  no record     ${counts.none}`);
    return 0;
  },
};
