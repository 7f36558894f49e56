/** How a client reaches a vault, and what lies in its store: all of it that is not pure. */
import type { RequestKind, WitnessedHead } from '../messages/index.ts';

/** Which token goes with a request (spec/vault-protocol.md §6.1). */
export type TokenScope = 'enrol' | 'guess';

/** A vault that the person trusts. */
export interface VaultLink {
  /** Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
  /** For people: its address. */
  readonly name: string;

  /**
   * Sends a request, and gives back whatever came as an answer.
   *
   * @param scope Of the token that goes with it; null for none.
   * @throws when no answer came; the same request may be sent again.
   */
  send(kind: RequestKind, request: Uint8Array, scope: TokenScope | null): Promise<Uint8Array>;

  /** How this vault knows the person, 32 bytes; null when nothing here gets tokens of it. */
  account(): Promise<Uint8Array | null>;
}

/** The recovery records of method `password` in a store, with their certificates. */
export interface RecordShelf {
  /** Versions of which there is a record or a certificate, in any order. */
  listVersions(): Promise<readonly number[]>;
  getRecord(version: number): Promise<Uint8Array | null>;
  getCertificate(version: number): Promise<Uint8Array | null>;
  /** Whether it was free, or has these bytes; what is there stays. */
  putRecord(version: number, record: Uint8Array): Promise<boolean>;
  putCertificate(version: number, certificate: Uint8Array): Promise<boolean>;
}

/** The heads of a backup that a store shows and the owner's head key signed. */
export interface HeadShelf {
  /** As it was read last, or written. */
  readonly newest: WitnessedHead;
  /** Heads of other histories that it says were put aside. */
  readonly displaced: readonly WitnessedHead[];
  /** Reads which is the newest again. */
  refresh(): Promise<void>;
  /** Numbers of the heads after `from` up to the newest, rising; null when no hashes lead there from it. */
  linksAfter(from: WitnessedHead): Promise<readonly number[] | null>;
  /** A head's object, 4,096 bytes. @throws when it can't be read. */
  getHead(number: number): Promise<Uint8Array>;
}
