/**
 * What stands between the HTTP edge and the vault's rules (spec/vault-protocol.md §5, §6): bytes of a
 * request in, bytes of a signed answer out.
 */
import type { Authorised } from '../authorisation/index.ts';

export interface Vault {
  /**
   * Answers one request.
   *
   * The edge has seen to it that the kind in the request is that of its path, and that
   * `authorised` has the scope which §6.1 names for that kind, and is not null where the kind can't
   * do without. Whose ledger it is, and whether the token was used, is for here to say.
   *
   * @param request As it was sent, at most 64 KiB, of the kind that it says; nothing else of it is
   *   checked.
   * @param authorised What the caller's token grants; null where none came, or none is needed.
   * @returns The signed answer, outcomes other than `done` included.
   * @throws {HoldfastError} `damaged`, `not-authorised`, `token-used`, `busy`; of HSM and record
   *   store `hsm-unusable` and `store-unreachable`, which reach the caller as `busy`. Anything else
   *   as `internal`.
   */
  handle(request: Uint8Array, authorised: Authorised | null): Promise<Uint8Array>;

  /**
   * What is due about once a minute: counts served time, does what fell due, forgets expired tokens.
   *
   * @throws what `handle()` would throw for want of HSM or record store; it is tried again next time.
   */
  tend(): Promise<void>;

  /** Readiness: @throws what `handle()` would throw for want of HSM or record store. */
  check(): Promise<void>;
}

/** A vault with all that it stands on. */
export interface OpenedVault extends Vault {
  /** As of the last time that it was tended. */
  readonly upkeep: VaultUpkeep;
}

/** What an operator may have to see to. */
export interface VaultUpkeep {
  /** How many wrapping keys there are to move on to. */
  readonly wrappingKeysLeft: number;
  /** How many older ones wait for a copy of the database to be shown. */
  readonly olderWrappingKeys: number;
  /** For how long the wrapping key of the day has been that; served time. */
  readonly wrappingKeyAgeMs: number;
  /** How many ledgers were changed, or are of another HSM, as far as that was noticed. */
  readonly damagedLedgers: number;
}
