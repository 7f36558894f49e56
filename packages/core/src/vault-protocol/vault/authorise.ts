/** Who may ask what of a ledger, before anything of it shows (spec/vault-protocol.md §6.1). */
import { equalBytes } from '../../bytes/index.ts';
import { isSignedBy, type VaultRequest } from '../messages/index.ts';
import { type Authorisation, notAuthorised, type VaultContext } from './decision.ts';
import type { Ledger } from './ledger.ts';
import { isEnded } from './record-states.ts';

export interface Asked {
  readonly request: VaultRequest;
  /** The request as it came. */
  readonly bytes: Uint8Array;
  /** Of the token that came with it, or null. */
  readonly authorisation: Authorisation | null;
}

/** @throws {HoldfastError} `not-authorised`. */
export async function assertOwner(
  { crypto }: VaultContext,
  ownerPublicKey: Uint8Array,
  { bytes, request }: Asked,
): Promise<void> {
  if (!(await isSignedBy(crypto, bytes, request.kind, ownerPublicKey))) throw notAuthorised();
}

/**
 * The account of a token for guesses, which a record of the ledger has.
 *
 * @throws {HoldfastError} `not-authorised`.
 */
export function assertGuesser({ records }: Ledger, { authorisation }: Asked): Uint8Array {
  const remaining = records.filter((record) => !isEnded(record));
  // Who comes too late is told so, by the names of what is gone.
  const asked = remaining.length > 0 ? remaining : records;
  const isGuesser =
    authorisation?.scope === 'guess' &&
    asked.some(({ account }) => equalBytes(account, authorisation.account));
  if (!isGuesser) throw notAuthorised();
  return authorisation.account;
}

/** @throws {HoldfastError} `not-authorised`. */
export async function assertOwnerOrGuesser(
  context: VaultContext,
  ledger: Ledger,
  asked: Asked,
): Promise<void> {
  const { bytes, request } = asked;
  if (await isSignedBy(context.crypto, bytes, request.kind, ledger.ownerPublicKey)) return;
  assertGuesser(ledger, asked);
}
