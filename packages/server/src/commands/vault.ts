/** `holdfast-server vault`: runs a Backup Key Vault. */
import type { Command } from '../command.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { VAULT_REALM, VAULT_SETTINGS } from '../settings/vault-settings.ts';

export const command: Command = {
  name: 'vault',
  summary: 'Run a Backup Key Vault',
  description: [
    'Runs a vault: it holds keys that a password gives back, and counts wrong guesses. Whoever controls this machine can set the count back: people who do not want to trust you alone use several vaults of different operators.',
    'Without any setting it serves this machine on port 8440, from SQLite and a software HSM in a data folder, which it makes: /var/lib/holdfast-vault for root, ~/.local/share/holdfast-vault for others. Addresses that others can reach need TLS, or a proxy that does it.',
    'Every option is also a setting of the configuration file (tlsKey for --tls-key) and a variable of the environment (HOLDFAST_VAULT_TLS_KEY). The issuers of tokens are set in the file alone. The passphrase of the HSM may be in HOLDFAST_VAULT_HSM_PASSPHRASE, the PIN of a token in HOLDFAST_VAULT_PKCS11_PIN, the addresses of PostgreSQL in HOLDFAST_VAULT_POSTGRES_URLS. Ctrl-C or SIGTERM ends it in order; SIGHUP reads the certificate anew. The log goes to standard error.',
  ],
  options: [CONFIG, ...optionsOf(VAULT_SETTINGS)],
  examples: [
    { line: 'holdfast-server vault', what: 'For this machine alone, to try it' },
    {
      line: 'holdfast-server vault --listen 0.0.0.0:443 --tls-certificate chain.pem --tls-key key.pem',
      what: 'For everybody',
    },
    {
      line: 'holdfast-server vault --behind-proxy --url https://vault.example.org',
      what: 'Behind a proxy on the same machine',
    },
  ],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(VAULT_SETTINGS, given, env, VAULT_REALM);
    const { runServers } = await import('../serving/run-servers.ts');
    const { startVault } = await import('../serving/start-vault.ts');
    const { logLevel } = settings;
    await runServers({ env, say, logLevel }, async (stage) => [await startVault(settings, stage)]);
    return 0;
  },
};
