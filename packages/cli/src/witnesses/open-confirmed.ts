/** The open backup of a command that writes or removes, once vaults say that its state is the newest. */
import type { TrustedVault } from '@holdfast/client/vaults';
import type { AskedWitness } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import { findFolders } from '../places/folders.ts';
import { type OpenedBackup, openChosenBackup } from '../places/open-backup.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';
import { confirmNewest } from './confirm-newest.ts';
import { tellVaults } from './tell-vaults.ts';
import { warningTexts } from './witness-texts.ts';

export interface ConfirmedBackup extends OpenedBackup {
  readonly vaults: readonly TrustedVault[];
  /** What they said when it was opened. */
  readonly witnesses: readonly AskedWitness[];
  /** For when a new state is there. */
  tellVaults(): Promise<void>;
}

/** Of commands that put no state aside. */
export const CONFIRMING = {
  acceptsStale: false,
  howToAccept: 'To go on from what it shows all the same: holdfast backup --accept-stale',
} as const;

/** @throws {HoldfastError} `stale`; as `openChosenBackup`. */
export async function openConfirmedBackup(invocation: Invocation): Promise<ConfirmedBackup> {
  const vaults = await readTrustedVaults(findFolders(invocation.terminal.env));
  const opened = await openChosenBackup(invocation);
  const { backup } = opened;
  let witnesses: readonly AskedWitness[];
  try {
    ({ witnesses } = await confirmNewest(backup, invocation, { vaults, ...CONFIRMING }));
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
  return {
    ...{ ...opened, vaults, witnesses },
    async tellVaults() {
      await tellVaults(backup, invocation, vaults, warningTexts(witnesses));
    },
  };
}
