/** `holdfast-server run`: a backup provider and a vault in one process, for this machine. */
import { join, resolve } from 'node:path';
import type { Command } from '../command.ts';
import { defaultDataPath } from '../parts/data-folder.ts';
import { readSettings } from '../settings/read-settings.ts';
import { RUN_REALM, RUN_SETTINGS } from '../settings/run-settings.ts';
import { optionsOf } from '../settings/setting.ts';

export const command: Command = {
  name: 'run',
  summary: 'Run a backup provider and a vault on this machine, to try both',
  description: [
    'Runs both in one process, for this machine alone: the provider on port 8441, the vault on port 8440, with SQLite, a folder and a software HSM in one data folder. Who runs both can bring together what they are apart for: for others, run "provider" and "vault" by different operators.',
    'Ctrl-C or SIGTERM ends both in order. The log goes to standard error.',
  ],
  options: optionsOf(RUN_SETTINGS),
  examples: [{ line: 'holdfast-server run', what: 'Then follow what it prints' }],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(RUN_SETTINGS, given, env, RUN_REALM);
    const { logLevel, data, providerListen, vaultListen } = settings;
    const folder = resolve(data ?? defaultDataPath('holdfast', env));
    const { runServers } = await import('../serving/run-servers.ts');
    const { startProvider } = await import('../serving/start-provider.ts');
    const { startVault } = await import('../serving/start-vault.ts');
    await runServers({ env, say, logLevel }, async (stage) => {
      const provider = await startProvider(
        {
          data: join(folder, 'provider'),
          ...(providerListen === undefined ? {} : { listen: providerListen }),
        },
        stage,
      );
      say('');
      const vault = await startVault(
        {
          data: join(folder, 'vault'),
          ...(vaultListen === undefined ? {} : { listen: vaultListen }),
        },
        stage,
      );
      say('');
      say('To try both, in another terminal:');
      say(`  holdfast init --store ${provider.url}`);
      say('  holdfast backup FOLDER');
      say(`  holdfast vault trust ${vault.url}`);
      say('  holdfast password set --sheet recovery-sheet.html');
      return [provider, vault];
    });
    return 0;
  },
};
