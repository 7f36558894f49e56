/** What a vault's half of the protocol needs, and what it decides (spec/vault-protocol.md §6). */
import type { CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import type { LogEvent, Outcome } from '../messages/index.ts';
import type { Ledger, VaultLimits } from './ledger.ts';
import type { Ruling } from './ruling.ts';

/** A token that was checked, all but its single use (§6.1). */
export interface Authorisation {
  /** 32 bytes. */
  readonly account: Uint8Array;
  readonly scope: 'enrol' | 'guess';
}

/** The vault as this moment finds it. */
export interface VaultContext {
  readonly crypto: CryptoPort;
  /** Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
  readonly limits: VaultLimits;
  /** Served time, in milliseconds (§4.3). */
  readonly servedMs: number;
  /** @throws {HoldfastError} `damaged` unless 33 bytes are an element (§2.1). */
  assertElement(element: Uint8Array): void;
  /** A fresh OPRF key of the HSM, wrapped. */
  makeKey(): Promise<Uint8Array>;
  /** The HSM's; 33 bytes. */
  evaluate(wrappedKey: Uint8Array, element: Uint8Array): Promise<Uint8Array>;
}

/** What follows the status in an answer; fetched or evaluated once the ledger is durable. */
export type Finish =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'element';
      /** Goes before the element. */
      readonly prefix: Uint8Array;
      readonly wrappedKey: Uint8Array;
      readonly element: Uint8Array;
    }
  | { readonly kind: 'log'; readonly from: number }
  /** Objects that are kept beside the ledger, one behind the other. */
  | {
      readonly kind: 'kept';
      /** Goes before them. */
      readonly prefix: Uint8Array;
      readonly hashes: readonly Uint8Array[];
    };

/** What a vault keeps beside a ledger: a record with its certificate, or a head. */
export interface KeptObject {
  /** SHA-256 of the record, or of the head. */
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

export interface Decision {
  readonly outcome: Outcome;
  /** To be made durable, with all else, before anything is answered; the one that was given when nothing changed. */
  readonly ledger: Ledger;
  /** To be appended to the log. The ledger's own end of it is still the one before. */
  readonly events: readonly LogEvent[];
  /** Kept as long as `keptHashes` has it. */
  readonly keeps: KeptObject | null;
  /** Whether the token is good once, and this was it. */
  readonly consumesToken: boolean;
  readonly finish: Finish;
}

const NOTHING: Finish = { kind: 'nothing' };

export function decided(
  { outcome, ledger, events }: Ruling,
  rest: Partial<Pick<Decision, 'keeps' | 'consumesToken' | 'finish'>> = {},
): Decision {
  const { keeps = null, consumesToken = false, finish = NOTHING } = rest;
  return { outcome, ledger, events, keeps, consumesToken, finish };
}

/** One answer for all that shows nothing: no such backup, not its owner, no such account. */
export function notAuthorised(): HoldfastError {
  return new HoldfastError('not-authorised', 'Cannot answer: the request is not authorised');
}
