/** Lengths and limits of the vault protocol (spec/vault-protocol.md §2, §4). */

/** Length of an OPRF element: a compressed point of P-256. */
export const ELEMENT_BYTES = 33;

/** Length of an OPRF output, a share, and the shared secret. */
export const SHARE_BYTES = 32;

/** Length of a record's id, an attempt's and a stage's. */
export const ID_BYTES = 16;

/** Length of a nonce of the client's. */
export const NONCE_BYTES = 32;

/** Length of an account, as vaults know it. */
export const ACCOUNT_BYTES = 32;

/** Most vaults of one record. */
export const VAULTS_MAX = 9;

/** What a reader takes of Argon2id's parameters; `min` is what a writer uses. */
export const ARGON2ID_LIMITS = {
  memoryKib: { min: 64 * 1024, max: 1024 * 1024 },
  passes: { min: 3, max: 16 },
  lanes: { min: 1, max: 4 },
} as const;

/** Longest password, in bytes of UTF-8. */
export const PASSWORD_MAX_BYTES = 1024;

/** Length of the password's salt. */
export const PASSWORD_SALT_BYTES = 16;

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;

/** A serving key is certified for so long, at most. */
export const SERVING_KEY_MAX_MS = 30 * 24 * HOUR_MS;

/** So far may a client's clock be outside of a serving key's time. */
export const CLOCK_TOLERANCE_MS = 24 * HOUR_MS;

/** Guesses that are not proved, over all evaluable records, before they freeze. */
export const GUESS_LIMIT = 10;

/** Guesses that are not proved, over a ledger's life. */
export const LIFETIME_LIMIT = 100;

/** How long nothing is evaluated after the guess that makes the total its place in this list. */
export const GUESS_DELAYS_MS: readonly number[] = [
  0,
  0,
  0,
  0,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  4 * HOUR_MS,
  12 * HOUR_MS,
];

/** From the last guess to destruction, in served time. */
export const FROZEN_MS = 7 * 24 * HOUR_MS;

/** Least delay of a change that the old password did not sign. */
export const REPLACEMENT_DELAY_MS = 72 * HOUR_MS;

/** A proof clears its record's row only so soon after its guess. */
export const PROOF_CLEARS_MS = 10 * MINUTE_MS;

export const STAGED_MAX = 5;
export const OLD_MAX = 8;
export const DESTROYED_MAX = 4;
/** Of one ledger: staged, pending, live, old, destroyed. */
export const RECORDS_MAX = STAGED_MAX + 1 + 1 + OLD_MAX + DESTROYED_MAX;
export const ATTEMPTS_MAX = 16;

/** Heads in one request. */
export const HEADS_AT_ONCE_MAX = 15;

/** Entries of a ledger's log that the owner key alone can cause in a day of served time. */
export const OWNER_CHANGES_MAX = 32;
export const OWNER_CHANGES_MS = 24 * HOUR_MS;

/** Log entries in one answer. */
export const LOG_PAGE = 100;
