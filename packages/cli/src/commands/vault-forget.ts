/** `holdfast vault forget`: this device uses a vault no more. */
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { evaluableIn } from '@holdfast/core/vault-protocol';
import { STORE } from '../arguments/every-option.ts';
import type { Command, Invocation } from '../command.ts';
import { commandError, usageError } from '../command-error.ts';
import { openPasswordPlace, type PasswordPlace } from '../passwords/password-place.ts';
import { findFolders } from '../places/folders.ts';
import { forgetVault, readTrustedVaults } from '../places/trusted-vaults.ts';

export const command: Command = {
  name: 'vault forget',
  summary: 'Use a vault no more',
  usage: 'URL [--even-in-use]',
  description: [
    'This device asks the vault nothing more, and would have to be told to trust it again. What the vault keeps stays there, and so it refuses where the vault has a part of the password, or does not answer and may have one: "holdfast password change" with the other vaults, or "holdfast password remove", ends that first.',
  ],
  operands: { least: 1, most: 1 },
  options: [{ name: 'even-in-use', summary: 'Though it has a part of the password' }, STORE],
  examples: [
    { line: 'holdfast vault forget https://vault.example.org', what: 'After a password change' },
  ],

  async run(invocation) {
    const { operands, terminal, options, output } = invocation;
    const { parseVaultUrl } = await import('@holdfast/client/vaults');
    const url = parseVaultUrl(operands[0] ?? '');
    const folders = findFolders(terminal.env);
    const vault = (await readTrustedVaults(folders)).find((other) => other.url === url);
    if (vault === undefined) {
      throw usageError(
        `Cannot forget ${url}: this device does not trust it`,
        '"holdfast vault list" shows which it trusts.',
      );
    }
    if (!options.has('even-in-use')) await assertUnused(invocation, vault);
    await forgetVault(folders, url);
    output.report([`This device trusts ${url} no more`]);
    output.summary({ url });
    return 0;
  },
};

/** @throws {HoldfastError} `usage` where it has a part of the password, or may have one. */
async function assertUnused(invocation: Invocation, vault: TrustedVault): Promise<void> {
  using place = await openIfThere(invocation);
  if (place === null) return;
  const state = await useOf(place, vault, invocation.signal);
  if (state === null) return;
  throw usageError(
    `Cannot forget ${vault.url}: ${state}`,
    'End that first: "holdfast password change" with --vault for each of the others, or "holdfast password remove". With --even-in-use it is forgotten all the same.',
  );
}

/** Null on a device without a backup: nothing of it can be at a vault. */
async function openIfThere(invocation: Invocation): Promise<PasswordPlace | null> {
  try {
    return await openPasswordPlace(invocation);
  } catch (error) {
    const none = ['usage', 'key-missing', 'backup-missing'];
    if (error instanceof HoldfastError && none.includes(error.code)) return null;
    if (!(error instanceof HoldfastError)) throw error;
    throw commandError(error.code, `Cannot tell whether the vault is in use. ${error.message}`, {
      cause: error,
      nextStep: 'With --even-in-use it is forgotten all the same.',
    });
  }
}

/** In words; null for none. */
async function useOf(
  { store, rootKey, backupId }: PasswordPlace,
  vault: TrustedVault,
  signal: AbortSignal,
): Promise<string | null> {
  const { namedVaults, surveyAsOwner } = await import('@holdfast/client/passwords');
  const asked = { vaults: [vault], accountCode: null, signal };
  const [found] = (await surveyAsOwner(store, rootKey, asked)).vaults;
  signal.throwIfAborted();
  const status = found?.status ?? null;
  if (status === null) {
    const named = await namedVaults(store, backupId, { signal });
    const isNamed = named.some((identity) => equalBytes(identity, vault.identity));
    return isNamed ? 'it does not answer, and may have a part of the password' : null;
  }
  const isPending = status.records.some(({ state }) => state === 'pending');
  return isPending || evaluableIn(status).length > 0 ? 'it has a part of the password' : null;
}
