/** `holdfast vault trust`: lets this device use a vault, once the person has compared its fingerprint. */
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';
import { findFolders } from '../places/folders.ts';
import { readTrustedVaults, trustVaults } from '../places/trusted-vaults.ts';
import { readHexGroups } from '../terminal/hex-groups.ts';
import { describeVault, meetVault } from '../vaults/meet-vault.ts';

export const command: Command = {
  name: 'vault trust',
  summary: 'Use a Backup Key Vault, once its fingerprint is compared',
  usage: 'URL [--fingerprint HEX | --yes]',
  description: [
    'Asks a Backup Key Vault who it is, shows its fingerprint and limits, and keeps it for passwords once you have compared the fingerprint with what its operator published. From then on, whoever else answers at its address is refused.',
    'A vault counts wrong guesses at a password and destroys what it keeps after the last one. It learns neither the password nor the key. Its operator, or who breaks into it, could stop counting: with several vaults of different operators, one of them is not enough.',
    'Without a terminal, --fingerprint says which vault is meant.',
  ],
  operands: { least: 1, most: 1 },
  options: [
    { name: 'fingerprint', value: 'HEX', summary: 'What its operator published: 64 hex digits' },
    { name: 'yes', summary: 'Believe the vault, without a comparison' },
  ],
  examples: [
    { line: 'holdfast vault trust https://vault.example.org', what: 'Shows what to compare' },
  ],

  async run(invocation) {
    const { options, operands, terminal, output } = invocation;
    const [text = ''] = operands;
    const given = options.text('fingerprint');
    const fingerprint = given === undefined ? null : readHexGroups(given);
    if (given !== undefined && fingerprint === null) {
      throw usageError('Cannot trust a vault: --fingerprint takes 64 hex digits');
    }
    const folders = findFolders(terminal.env);
    const known = await readTrustedVaults(folders);
    const isUnseen = options.has('yes');
    const source = 'what its operator published';
    const met = await meetVault(invocation, text, known, { fingerprint, isUnseen, source });
    const wasKnown = known.some(({ url }) => url === met.url);
    await trustVaults(folders, [met]);
    if (isUnseen && fingerprint === null && !wasKnown) {
      output.warn('The fingerprint was not compared: it may be another vault than you mean');
    }
    output.report([
      ...(met.isShown ? [] : describeVault(met)),
      wasKnown ? 'This device trusts it already' : 'This device trusts it from now on',
      ...(wasKnown ? [] : ['Next: holdfast password set']),
    ]);
    const { fingerprint: its, guessLimit, lifetimeLimit, delayHours } = met.greeting;
    output.summary({ url: met.url, fingerprint: its, guessLimit, lifetimeLimit, delayHours });
    return 0;
  },
};
