/** A head as a vault knows it: by number and hash (spec/vault-protocol.md §8). */
import type { ByteReader, ByteWriter } from '../../bytes/index.ts';
import { HEAD_NUMBER_MAX } from '../../head/index.ts';
import { HASH_BYTES } from '../../wire/index.ts';

export interface WitnessedHead {
  readonly number: number;
  /** SHA-256 of the head object, 32 bytes. */
  readonly hash: Uint8Array;
}

/** 40 bytes: u64 number ‖ hash; zeros for none. */
export function writeWitnessedHead(writer: ByteWriter, head: WitnessedHead | null): void {
  writer.u64(BigInt(head?.number ?? 0)).raw(head?.hash ?? new Uint8Array(HASH_BYTES));
}

/** @throws {HoldfastError} `damaged`. */
export function readWitnessedHead(reader: ByteReader): WitnessedHead | null {
  const number = reader.u64();
  const hash = reader.raw(HASH_BYTES).slice();
  if (number > BigInt(HEAD_NUMBER_MAX))
    throw reader.damaged('the number of a head is out of range');
  if (number > 0n) return { number: Number(number), hash };
  if (hash.some((byte) => byte !== 0)) throw reader.damaged('it has the hash of no head');
  return null;
}
