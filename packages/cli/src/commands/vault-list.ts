/** `holdfast vault list`: the vaults that this device trusts. */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { vaultFingerprint } from '@holdfast/core/vault-protocol';
import type { Command } from '../command.ts';
import { findFolders } from '../places/folders.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';
import { hexGroups } from '../terminal/hex-groups.ts';

export const command: Command = {
  name: 'vault list',
  summary: 'Show the vaults that this device trusts',
  usage: '',
  description: ['Shows address and fingerprint of each vault. Asks none of them.'],
  operands: { least: 0, most: 0 },
  options: [],
  examples: [{ line: 'holdfast vault list', what: 'Whom a new password goes to' }],

  async run({ terminal, output }) {
    const vaults = await readTrustedVaults(findFolders(terminal.env));
    const listed = await Promise.all(
      vaults.map(async ({ url, identity }) => {
        return { url, fingerprint: await vaultFingerprint(nodeCrypto, identity) };
      }),
    );
    for (const { url, fingerprint } of listed) {
      const [first, second] = hexGroups(fingerprint);
      output.result(url);
      output.result(`  ${first}`);
      output.result(`  ${second}`);
    }
    if (listed.length === 0)
      output.aside('This device trusts no vault. "holdfast vault trust URL" adds one');
    output.summary({ vaults: listed });
    return 0;
  },
};
