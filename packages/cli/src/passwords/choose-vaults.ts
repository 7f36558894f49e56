/** Which vaults a new password goes to, and how many of them will suffice. */
import type { TrustedVault } from '@holdfast/client/vaults';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { VAULTS_MAX, vaultFingerprint } from '@holdfast/core/vault-protocol';
import type { Options } from '../arguments/options.ts';
import type { Option } from '../command.ts';
import { usageError } from '../command-error.ts';
import type { SheetVault } from './recovery-sheet.ts';

export const SET_OPTIONS: readonly Option[] = [
  {
    name: 'vault',
    value: 'URL',
    isList: true,
    summary: 'Use this trusted vault, and others named so; all without it',
  },
  {
    name: 'threshold',
    value: 'T',
    summary: 'How many of the vaults suffice; more than half when not said',
  },
];

export interface ChosenVaults {
  readonly vaults: readonly TrustedVault[];
  readonly t: number;
}

/**
 * Those that --vault names, else all.
 *
 * @throws {HoldfastError} `usage` when one is not trusted, or none is.
 */
export async function namedVaults(
  options: Options,
  trusted: readonly TrustedVault[],
): Promise<readonly TrustedVault[]> {
  const { parseVaultUrl } = await import('@holdfast/client/vaults');
  if (trusted.length === 0) {
    throw usageError(
      'Cannot go on: this device trusts no vault',
      'Trust one first: holdfast vault trust URL',
    );
  }
  const named = options.list('vault').map(parseVaultUrl);
  const unknown = named.find((url) => !trusted.some((vault) => vault.url === url));
  if (unknown !== undefined) {
    throw usageError(
      `Cannot use the vault at ${unknown}: this device does not trust it`,
      `Trust it first: holdfast vault trust ${unknown}`,
    );
  }
  return named.length === 0 ? trusted : trusted.filter(({ url }) => named.includes(url));
}

/** @throws {HoldfastError} `usage`. */
export async function chooseVaults(
  options: Options,
  trusted: readonly TrustedVault[],
): Promise<ChosenVaults> {
  const vaults = await namedVaults(options, trusted);
  const n = vaults.length;
  if (n > VAULTS_MAX) {
    throw usageError(
      `Cannot set a password at ${n} vaults: there may be ${VAULTS_MAX}`,
      'Name some of them with --vault URL.',
    );
  }
  const given = options.text('threshold');
  const t = given === undefined ? Math.floor(n / 2) + 1 : Number(given);
  if (!Number.isInteger(t) || t < 1 || t > n) {
    throw usageError(
      `Cannot set the password: --threshold takes a number from 1 to ${n}, that of the vaults`,
    );
  }
  return { vaults, t };
}

export async function sheetVaults(vaults: readonly TrustedVault[]): Promise<readonly SheetVault[]> {
  return await Promise.all(
    vaults.map(async ({ url, identity }) => {
      return { url, fingerprint: await vaultFingerprint(nodeCrypto, identity) };
    }),
  );
}

/** In words. */
export function describeChoice({ vaults, t }: ChosenVaults): string {
  const n = vaults.length;
  if (n === 1) {
    return 'With one vault, whoever runs it or breaks into it can guess at leisure; with several of different operators, one is not enough.';
  }
  if (t === 1) {
    return `Any of these ${n} vaults brings the key back, and any of them that is broken into can be guessed at.`;
  }
  const lost = n - t === 0 ? 'none of them may be lost' : `${n - t} of them may be lost`;
  return `Any ${t} of these ${n} vaults bring the key back: ${lost}, and fewer than ${t} broken into learn nothing.`;
}
