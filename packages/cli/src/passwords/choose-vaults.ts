/** Which vaults a new password goes to, and how many of them will suffice. */
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { type KnownRecord, VAULTS_MAX, vaultFingerprint } from '@holdfast/core/vault-protocol';
import type { Options } from '../arguments/options.ts';
import type { Option } from '../command.ts';
import { usageError } from '../command-error.ts';
import { assertTrusts } from './password-place.ts';
import type { SheetVault } from './recovery-sheet.ts';

export const SET_OPTIONS: readonly Option[] = [
  {
    name: 'vault',
    value: 'URL',
    isList: true,
    summary: 'Use this trusted vault, and others named so',
  },
  {
    name: 'threshold',
    value: 'T',
    summary: 'How many of the vaults suffice; when not said, as before, or more than half',
  },
];

export interface ChosenVaults {
  readonly vaults: readonly TrustedVault[];
  readonly t: number;
}

/**
 * Those that --vault names, else all.
 *
 * @param known Those that this device trusts, or has from the sheet.
 * @throws {HoldfastError} `usage` when one is not known, or none is.
 */
export async function namedVaults(
  options: Options,
  known: readonly TrustedVault[],
): Promise<readonly TrustedVault[]> {
  const { parseVaultUrl } = await import('@holdfast/client/vaults');
  assertTrusts(known);
  const named = options.list('vault').map(parseVaultUrl);
  const unknown = named.find((url) => !known.some((vault) => vault.url === url));
  if (unknown !== undefined) {
    throw usageError(
      `Cannot use the vault at ${unknown}: this device does not trust it`,
      `Trust it first: holdfast vault trust ${unknown}`,
    );
  }
  return named.length === 0 ? known : known.filter(({ url }) => named.includes(url));
}

/**
 * For a new password: those that --vault names; else those of the password that it replaces; else all.
 *
 * @param present Record of the password that is replaced; null for a first one.
 * @throws {HoldfastError} `usage`.
 */
export async function chooseVaults(
  options: Options,
  known: readonly TrustedVault[],
  present: KnownRecord | null,
): Promise<ChosenVaults> {
  const isKept = present !== null && !options.has('vault');
  const vaults = isKept ? vaultsOf(present, known) : await namedVaults(options, known);
  const n = vaults.length;
  if (n > VAULTS_MAX) {
    throw usageError(
      `Cannot set a password at ${n} vaults: there may be ${VAULTS_MAX}`,
      'Name some of them with --vault URL.',
    );
  }
  const given = options.text('threshold');
  const usual = present !== null && isAt(present, vaults) ? present.body.t : Math.floor(n / 2) + 1;
  const t = given === undefined ? usual : Number(given);
  if (!Number.isInteger(t) || t < 1 || t > n) {
    throw usageError(
      `Cannot set the password: --threshold takes a number from 1 to ${n}, that of the vaults`,
    );
  }
  return { vaults, t };
}

/** Whether the record is of just these vaults. */
export function isAt({ body }: KnownRecord, vaults: readonly TrustedVault[]): boolean {
  const isThere = ({ identity }: TrustedVault): boolean =>
    body.vaults.some((other) => equalBytes(other.identity, identity));
  return body.vaults.length === vaults.length && vaults.every(isThere);
}

function vaultsOf({ body }: KnownRecord, known: readonly TrustedVault[]): readonly TrustedVault[] {
  const found = known.filter(({ identity }) =>
    body.vaults.some((other) => equalBytes(other.identity, identity)),
  );
  const lacking = body.vaults.length - found.length;
  if (lacking === 0) return found;
  const where = lacking === 1 ? 'one of them is' : `${lacking} of them are`;
  throw usageError(
    `Cannot keep the vaults of the password: this device does not know where ${where}`,
    'Take them from the sheet with --sheet FILE, or say which to use with --vault URL.',
  );
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
