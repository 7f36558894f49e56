/** `holdfast-server provider`: runs a backup provider. */
import type { Command } from '../command.ts';
import { PROVIDER_REALM, PROVIDER_SETTINGS } from '../settings/provider-settings.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';

export const command: Command = {
  name: 'provider',
  summary: 'Run a backup provider',
  description: [
    "Runs a backup provider: it keeps people's encrypted backups, and can read none of them.",
    'Without any setting it serves this machine on port 8441, from a data folder, which it makes: /var/lib/holdfast-provider for root, ~/.local/share/holdfast-provider for others. Addresses that others can reach need TLS, or a proxy that does it, and --url and --sign-up.',
    'Every option is also a setting of the configuration file (tlsKey for --tls-key) and a variable of the environment (HOLDFAST_PROVIDER_TLS_KEY). Ctrl-C or SIGTERM ends it in order; SIGHUP reads the certificate anew. The log goes to standard error.',
  ],
  options: [CONFIG, ...optionsOf(PROVIDER_SETTINGS)],
  examples: [
    { line: 'holdfast-server provider', what: 'For this machine alone, to try it' },
    {
      line: 'holdfast-server provider --behind-proxy --url https://backup.example.org --sign-up invite',
      what: 'Behind a proxy on the same machine, for people who were invited',
    },
  ],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(PROVIDER_SETTINGS, given, env, PROVIDER_REALM);
    const { runServers } = await import('../serving/run-servers.ts');
    const { startProvider } = await import('../serving/start-provider.ts');
    const { logLevel } = settings;
    await runServers({ env, say, logLevel }, async (stage) => [
      await startProvider(settings, stage),
    ]);
    return 0;
  },
};
