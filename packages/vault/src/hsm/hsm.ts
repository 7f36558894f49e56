/**
 * The port to a vault's HSM (spec/vault-protocol.md §11): all that holds keys, and no more.
 *
 * An HSM keeps keys from being carried away. It does not count guesses: whoever may call it may
 * evaluate as often as they like.
 */

/**
 * The vault's keys. Calls may overlap; every one throws `hsm-unusable` while the HSM can't be used,
 * and a `TypeError` after `close()`.
 *
 * *Wrapped keys* are OPRF keys of single records as they lie in the database, sealed under one of
 * the HSM's *wrapping keys*, which are numbered from 1. Which of them wraps is for the vault to say.
 */
export interface Hsm {
  /** The vault's identity: Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;

  /**
   * Signs as the vault's identity (RFC 8032): 64 bytes. Rare: it certifies serving keys.
   *
   * @param message Not empty, which tokens refuse.
   */
  sign(message: Uint8Array): Promise<Uint8Array>;

  /**
   * A fresh P-256 key, wrapped.
   *
   * @param wrappingKey Number of the one to wrap it under.
   * @throws {HoldfastError} `hsm-unusable` when there is no such wrapping key.
   */
  makeKey(wrappingKey: number): Promise<Uint8Array>;

  /**
   * BlindEvaluate of RFC 9497 §3.3.1: the key times the element.
   *
   * @param element Compressed, 33 bytes (§2.1).
   * @returns An element, 33 bytes.
   * @throws {HoldfastError} `damaged` when `element` is none, or this HSM did not wrap the key so, or
   *   its wrapping key is destroyed.
   */
  evaluate(wrapped: Uint8Array, element: Uint8Array): Promise<Uint8Array>;

  /**
   * The same key under another wrapping key, or anew under the same.
   *
   * @throws {HoldfastError} `damaged` as `evaluate()`, `hsm-unusable` as `makeKey()`.
   */
  rewrap(wrapped: Uint8Array, wrappingKey: number): Promise<Uint8Array>;

  /** Seals the state of a record, so that it opens under the same context only. */
  seal(context: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>;

  /** @returns What was sealed, or null when this HSM sealed nothing such under this context. */
  open(context: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | null>;

  /** Which wrapping keys there are, as it is now: another process or the security officer may change it. */
  wrappingKeys(): Promise<WrappingKeys>;

  /**
   * Destroys all wrapping keys of lower numbers, for good, and so every copy of what is wrapped under
   * them. Those that are destroyed already may be named again.
   *
   * @param number At most that of the last one.
   */
  destroyWrappingKeysBefore(number: number): Promise<void>;

  /** Lets go of the keys. May be called twice. */
  close(): Promise<void>;
}

/** All from the first to the last. */
export interface WrappingKeys {
  /** Number of the eldest that is not destroyed. */
  readonly first: number;
  readonly last: number;
}
