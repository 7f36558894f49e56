/** `holdfast vault forget`: this device uses a vault no more. */
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';
import { findFolders } from '../places/folders.ts';
import { forgetVault } from '../places/trusted-vaults.ts';

export const command: Command = {
  name: 'vault forget',
  summary: 'Use a vault no more',
  usage: 'URL',
  description: [
    'This device asks the vault nothing more, and would have to be told to trust it again. What the vault keeps stays there: "holdfast password remove", or "holdfast password change" with the other vaults, ends that first.',
  ],
  operands: { least: 1, most: 1 },
  options: [],
  examples: [
    { line: 'holdfast vault forget https://vault.example.org', what: 'After a password change' },
  ],

  async run({ operands, terminal, output }) {
    const { parseVaultUrl } = await import('@holdfast/client/vaults');
    const url = parseVaultUrl(operands[0] ?? '');
    if (!(await forgetVault(findFolders(terminal.env), url))) {
      throw usageError(
        `Cannot forget ${url}: this device does not trust it`,
        '"holdfast vault list" shows which it trusts.',
      );
    }
    output.report([`This device trusts ${url} no more`]);
    output.summary({ url });
    return 0;
  },
};
