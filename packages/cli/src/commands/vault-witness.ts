/** `holdfast vault witness`: has vaults remember the newest state, without a password. */
import { HoldfastError } from '@holdfast/core/errors';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { namedVaults } from '../passwords/choose-vaults.ts';
import { failureText } from '../passwords/failure-text.ts';
import { findFolders } from '../places/folders.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';
import { countOf } from '../terminal/quantities.ts';
import { confirmNewest } from '../witnesses/confirm-newest.ts';
import { tellVaults } from '../witnesses/tell-vaults.ts';
import { holdersAmong, witnessFacts } from '../witnesses/witness-texts.ts';

export const command: Command = {
  name: 'vault witness',
  summary: 'Have vaults remember the newest state, without a password',
  usage: '[--vault URL …]',
  description: [
    'Has the vaults that this device trusts remember which state of this backup is the newest. A new device that asks them then notices when the store shows it an older one. Every backup tells them of the next state. They can open none of it.',
    'A password does the same: then this is not needed.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    {
      name: 'vault',
      value: 'URL',
      isList: true,
      summary: 'Only this vault, and others named so',
    },
    ...BACKUP_OPTIONS,
  ],
  examples: [{ line: 'holdfast vault witness', what: 'At all trusted vaults' }],

  async run(invocation) {
    const { options, terminal, output, signal } = invocation;
    const vaults = await namedVaults(options, await readTrustedVaults(findFolders(terminal.env)));
    await using opened = await openChosenBackup(invocation);
    const { backup } = opened;
    const { enrolWitnesses } = await import('@holdfast/client/witnesses');
    for (const { url, failure } of await enrolWitnesses(backup, { vaults, signal })) {
      if (failure !== null) output.warn(failureText(url, failure));
    }
    await confirmNewest(backup, invocation, {
      ...{ vaults, acceptsStale: false },
      howToAccept: 'To go on from what it shows all the same: holdfast backup --accept-stale',
    });
    const told = await tellVaults(backup, invocation, vaults);
    const held = holdersAmong(told);
    const { number } = backup.state.head;
    output.summary({ state: number, ...witnessFacts(told) });
    if (held === 0) {
      throw new HoldfastError(
        'vaults-unreachable',
        'Cannot have the state remembered: no vault does',
      );
    }
    output.report([
      `State ${number} is remembered by ${held} of ${countOf(vaults.length, 'vault')}`,
    ]);
    return held < vaults.length ? 1 : 0;
  },
};
