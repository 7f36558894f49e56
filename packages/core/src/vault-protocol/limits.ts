/** Lengths and limits of the vault protocol (spec/vault-protocol.md §2). */

/** Length of an OPRF element: a compressed point of P-256. */
export const ELEMENT_BYTES = 33;
/** Length of an OPRF output, a share, and the shared secret. */
export const SHARE_BYTES = 32;
/** Length of a record's id, an attempt's and a stage's. */
export const ID_BYTES = 16;
/** Length of a nonce of the client's. */
export const NONCE_BYTES = 32;

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

/** A serving key is certified for so long, at most. */
export const SERVING_KEY_MAX_MS = 30 * 24 * 3600 * 1000;
