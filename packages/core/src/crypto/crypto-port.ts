/**
 * The one door to bulk cryptography and compression.
 *
 * Node answers at once with native code (`./node-crypto.ts`), the browser with promises
 * (`./web-crypto.ts`); format code awaits either. Nothing here is home-made: every method names
 * the standard it stands for.
 */

export type Awaitable<T> = T | Promise<T>;

/** Length of an AES-GCM tag, in bytes. */
export const TAG_BYTES = 16;

/** `fast` where there is much to compress and somebody waits, `thorough` where there is little. */
export type Effort = 'fast' | 'thorough';

/** What a stretched password costs whoever guesses. */
export interface Argon2idParameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

export interface CryptoPort {
  /** `lengthBytes` from the system's generator. */
  randomBytes(lengthBytes: number): Uint8Array;

  /** FIPS 180-4; 32 bytes. */
  sha256(data: Uint8Array): Awaitable<Uint8Array>;

  /** RFC 2104 with SHA-256; 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Awaitable<Uint8Array>;

  /** RFC 5869 with SHA-256. An empty `salt` stands for 32 zero bytes. */
  hkdfSha256(
    inputKey: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    lengthBytes: number,
  ): Awaitable<Uint8Array>;

  /**
   * AES-256-GCM (NIST SP 800-38D) in place: `room` holds the plaintext followed by 16 free bytes,
   * and afterwards ciphertext and tag.
   *
   * @param key 32 bytes.
   * @param nonce 12 bytes, never used before with this key.
   */
  sealInPlace(
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    room: Uint8Array,
  ): Awaitable<void>;

  /**
   * The reverse of `sealInPlace`.
   *
   * @param sealed Ciphertext and tag; stays as it is.
   * @returns The plaintext in memory of its own, or null when the tag does not fit.
   */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    sealed: Uint8Array,
  ): Awaitable<Uint8Array | null>;

  /** RFC 8032; `seed` 32 bytes, answer 32 bytes. */
  ed25519PublicKey(seed: Uint8Array): Awaitable<Uint8Array>;

  /** RFC 8032; 64 bytes. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Awaitable<Uint8Array>;

  /** RFC 8032 §5.1.7, and exactly what spec/backup-format.md §2.5 says of it. */
  ed25519Verify(
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): Awaitable<boolean>;

  /**
   * RFC 9106, Argon2id of version 0x13.
   *
   * @param salt 16 bytes.
   * @returns 32 bytes.
   */
  argon2id(
    password: Uint8Array,
    salt: Uint8Array,
    parameters: Argon2idParameters,
  ): Awaitable<Uint8Array>;

  /** RFC 8878, one frame; or `data` itself where this runtime only decompresses. */
  zstdCompress(data: Uint8Array, effort: Effort): Awaitable<Uint8Array>;

  /**
   * RFC 8878, one frame of the form that spec/backup-format.md §4.3 allows.
   *
   * @param plainBytes Exact length of the result; no more memory than that is used for it.
   * @returns null when `data` is no such frame.
   */
  zstdDecompress(data: Uint8Array, plainBytes: number): Awaitable<Uint8Array | null>;
}
