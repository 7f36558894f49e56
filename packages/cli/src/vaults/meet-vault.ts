/** Gets to know a vault: asks it who it is, and the person whether that is whom they mean. */
import type { TrustedVault, VaultGreeting } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { builtInIssuer } from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import { commandError, usageError } from '../command-error.ts';
import { askYesNo } from '../terminal/ask-yes-no.ts';
import { hexGroups } from '../terminal/hex-groups.ts';
import { countOf, formatCount } from '../terminal/quantities.ts';

import { canAsk } from '../terminal/terminal.ts';

export interface MetVault extends TrustedVault {
  readonly greeting: VaultGreeting;
  /** The person has seen what it says of itself. */
  readonly isShown: boolean;
}

export interface MeetOptions {
  /** What the person was given: 64 hex digits; null when they are to compare by eye. */
  readonly fingerprint: string | null;
  /** Whether to believe the vault, unseen. */
  readonly isUnseen: boolean;
  /** Where the right fingerprint stands, for the question. */
  readonly source: string;
}

/**
 * @param known Vaults that are trusted already.
 * @param text Address of the vault, as it was typed.
 * @throws {HoldfastError} `vault-untrusted` when it is another than it should be; `usage` when
 *   nobody is there to be asked; `vaults-unreachable`; `cancelled` when the person says no.
 */
export async function meetVault(
  invocation: Invocation,
  text: string,
  known: readonly TrustedVault[],
  { fingerprint, isUnseen, source }: MeetOptions,
): Promise<MetVault> {
  const { terminal, output, signal } = invocation;
  const { greetVault, parseVaultUrl } = await import('@holdfast/client/vaults');
  const url = parseVaultUrl(text);
  const greeting = await greetVault(url, { signal });
  assertUsable(url, greeting, known);
  const met = { url, identity: greeting.identity, greeting, isShown: false };
  if (fingerprint !== null) {
    if (fingerprint === greeting.fingerprint) return met;
    throw commandError(
      'vault-untrusted',
      `Cannot trust ${url}: it is another vault than you mean`,
      {
        nextStep: `Its fingerprint is not the one that you gave. Ask its operator, not over this address.`,
      },
    );
  }
  const isKnown = known.some((vault) => vault.url === url);
  if (isKnown || isUnseen) return met;
  if (!canAsk(terminal)) {
    throw usageError(
      'Cannot trust a vault: there is no terminal to compare its fingerprint at',
      'Give the right one with --fingerprint HEX, or believe the vault unseen with --yes.',
    );
  }
  for (const line of describeVault(met)) output.tell(line);
  output.tell('');
  output.tell(`Compare the fingerprint with ${source}, all 16 groups of it.`);
  if (await askYesNo(invocation, 'Is it the same?')) return { ...met, isShown: true };
  throw commandError('cancelled', `Stopped: ${url} is not trusted`, {
    nextStep: 'A vault with another fingerprint is another vault, whatever its address.',
  });
}

/** Lines with the address, the fingerprint, and what the vault says of itself. */
export function describeVault({ url, greeting }: MetVault): readonly string[] {
  const { guessLimit, lifetimeLimit, delayHours, fingerprint } = greeting;
  const [first, second] = hexGroups(fingerprint);
  const wrong = countOf(guessLimit, 'wrong guess', 'wrong guesses');
  return [
    `Vault        ${url}`,
    `Fingerprint  ${first}`,
    `             ${second}`,
    `Guesses      ${wrong} in a row, or ${formatCount(lifetimeLimit)} ever: it destroys what it keeps`,
    `Changes      Without the old password, a new one takes effect after ${delayHours} hours`,
    'Issuer       Its own: who has the account code of your recovery sheet may guess',
  ];
}

function assertUsable(
  url: string,
  { identity, issuer, fingerprint }: VaultGreeting,
  known: readonly TrustedVault[],
): void {
  const before = known.find((vault) => vault.url === url);
  if (before !== undefined && !equalBytes(before.identity, identity)) {
    throw commandError(
      'vault-untrusted',
      `Cannot trust ${url}: ANOTHER VAULT ANSWERS THERE than the one that this device trusts`,
      {
        nextStep: `Somebody may be in between, or its operator lost its keys: ask them, not over this address. If it is a new vault that you mean: holdfast vault forget ${url}`,
      },
    );
  }
  if (issuer !== builtInIssuer(fingerprint)) {
    throw commandError(
      'usage',
      `Cannot use the vault at ${url}: who may guess there is for another service to say`,
      { nextStep: 'It is for the users of an app that has accounts. Choose another vault.' },
    );
  }
}
