/** Lengths that all of Holdfast's formats share (spec/backup-format.md §3). */

/** Version of the format that this code writes, and the newest that it reads. */
export const FORMAT_VERSION = 1;

/** Length of a seal's salt. */
export const SALT_BYTES = 32;
/** Length of a seal's key commitment. */
export const COMMITMENT_BYTES = 32;
/** Length of a SHA-256, and so of an object's name. */
export const HASH_BYTES = 32;
/** Length of every symmetric key. */
export const KEY_BYTES = 32;
/** Length of an Ed25519 public key and of the seed of a private one. */
export const ED25519_KEY_BYTES = 32;
/** Length of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;
