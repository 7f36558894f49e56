/**
 * What Holdfast asks of a place where objects lie (spec/store-contract.md).
 *
 * A store is trusted with nothing: it may lose, withhold or change objects, and the engine
 * notices. Names are the engine's own and never hold content.
 */

import type { Secret } from '@holdfast/core/secret';

/** Keys that follow from a root key, as far as a store can know a backup by them; 32 bytes each. */
export interface StoreOwner {
  readonly ownerSeed: Secret;
  readonly ownerPublicKey: Uint8Array;
  readonly providerAuthSeed: Secret;
  readonly headPublicKey: Uint8Array;
}

/** On whose behalf calls are made. What is secret in it stays the caller's. */
export type StoreAccess =
  | {
      readonly kind: 'owner';
      readonly owner: StoreOwner;
      /** Whether a backup that is not known there may be begun, and with which invite. */
      readonly create?: { readonly invite: string | null };
    }
  /** Reads recovery records. */
  | { readonly kind: 'recovery'; readonly accountCode: Secret };

/** What a store knows of the backup's account there. */
export interface StoreUsage {
  /** What the operator calls it by. */
  readonly account: string;
  readonly usedBytes: number;
  readonly quotaBytes: number;
}

/** Of a store that shows objects only to whoever they belong to (spec/provider-api.md). */
export interface StoreAccount {
  /** Tells who asks from now on. Nothing is sent before the next call. */
  actAs(access: StoreAccess): Promise<void>;
  /**
   * Lets who has this account code read recovery records. The eight codes that were let in last are good.
   *
   * @param accountCode 16 bytes; stays the caller's.
   */
  admitRecovery(accountCode: Secret, options?: StoreCallOptions): Promise<void>;
  usage(options?: StoreCallOptions): Promise<StoreUsage>;
}

export interface StoreCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A part of an object. Both in bytes; the whole range must lie inside the object. */
export interface ByteRange {
  readonly offset: number;
  readonly lengthBytes: number;
}

export interface GetOptions extends StoreCallOptions {
  /** The whole object when missing. */
  readonly range?: ByteRange | undefined;
  /**
   * Memory to read into, if that saves the store some: then the answer is the beginning of it. At
   * least as long as the range. Nothing is written to it once the call has answered or thrown: a
   * store that can't stop what is under way, say after a time limit, takes other memory.
   */
  readonly into?: Uint8Array | undefined;
}

/** What a store tells of an object without sending it. */
export interface ObjectInfo {
  /** Such as `packs/3f/3fa1…`; see spec/store-contract.md for the names in use. */
  readonly name: string;
  readonly lengthBytes: number;
  /** When the object was written, by the store's clock, in milliseconds since 1970. */
  readonly writtenAtMs: number;
}

export interface Store {
  /** The URL that opens this store again; holds no password. */
  readonly url: string;

  /**
   * Null where whoever reaches the store reads it. Else it has to be told on whose behalf it is used before any other
   * call: they throw `key-missing` until then, and `wrong-key` when the store knows no such backup.
   */
  readonly account: StoreAccount | null;

  /**
   * Writes an object if there is none of that name. Whole or not at all, and durable when it
   * answers.
   *
   * @param bytes Must not change until the call answers; may lie in a SharedArrayBuffer.
   * @returns `stored`, or `exists` when an object of that name was there first (whatever it holds).
   * @throws {HoldfastError} `store-full`, `store-denied`, `store-unreachable`, `store-invalid`,
   *   `cancelled`. The object may be there even so: putting it again is always right.
   * @throws {RangeError} when `name` is not of the form of object names; so do the other calls.
   */
  put(name: string, bytes: Uint8Array, options?: StoreCallOptions): Promise<'stored' | 'exists'>;

  /**
   * An object or a part of it; null when there is none of that name.
   *
   * @throws {HoldfastError} `damaged` when the object is shorter than the range asks for, or one
   *   of those of `put`.
   */
  get(name: string, options?: GetOptions): Promise<Uint8Array | null>;

  /**
   * Every object whose name begins with `prefix`, in order of name; the empty prefix lists all.
   * Throws, as `get` does, rather than end early.
   */
  list(prefix: string, options?: StoreCallOptions): AsyncIterable<ObjectInfo>;

  /** @returns false when there was no such object. */
  delete(name: string, options?: StoreCallOptions): Promise<boolean>;

  /** null when there is no such object. */
  stat(name: string, options?: StoreCallOptions): Promise<ObjectInfo | null>;

  /** Gives back what the store holds open. */
  close(): Promise<void>;
}
