/**
 * The sealed part of a head (spec/head.md §3): where the newest state of a backup lies.
 *
 *     varint  time in milliseconds since 1970
 *     16      device id
 *     varint  packs, each a reference: 32 name, 32 salt, u32 epoch, u8 k
 *     varint  streams, each 16 bytes
 *     varint  segments, each:
 *       varint  number of the stream
 *       varint  start inside the stream
 *       varint  length
 *       varint  number of the pack
 *       varint  offset in the pack's content
 *     …       address book with one address: the root
 *     varint  vaults, each:
 *       32      identity
 *       u64     number of the newest entry of its log
 *       32      hash of that entry
 *     varint  heads put aside, each:
 *       u64     number
 *       32      SHA-256
 *     zeros up to the box's length
 *
 * It names the packs that were written after the root's own index, which can't name itself.
 */
import { ByteReader, ByteWriter, equalBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import {
  encodeHeadLink,
  HEAD_BOX_BYTES,
  HEAD_NUMBER_MAX,
  type HeadLink,
  type SignedHead,
} from '../head/index.ts';
import {
  BOX_OVERHEAD_BYTES,
  ED25519_KEY_BYTES,
  HASH_BYTES,
  openBox,
  sealBox,
} from '../wire/index.ts';
import { type Address, AddressBook } from './address.ts';
import type { Keyring } from './keyring.ts';
import {
  HEAD_DISPLACED_MAX,
  HEAD_LOGS_MAX,
  HEAD_PACKS_MAX,
  HEAD_SEGMENTS_MAX,
  STREAM_ID_BYTES,
} from './limits.ts';
import type { PackRef } from './pack.ts';
import { assertSegment, decodePackRef, encodePackRef, type Segment } from './segment-entry.ts';

const DEVICE_ID_BYTES = 16;
const PLAIN_BYTES = HEAD_BOX_BYTES - BOX_OVERHEAD_BYTES;

export interface HeadState {
  /** When the head was written, in milliseconds since 1970, by its device's clock. */
  readonly atMs: number;
  readonly deviceId: Uint8Array;
  readonly root: Address;
  /** Segments that the root's index does not hold yet. */
  readonly segments: readonly Segment[];
  /** How far the logs of vaults had come, as the head's writer saw them. */
  readonly vaultLogs: readonly VaultLog[];
  /** Heads that vaults held, and that the person went past; the one of last at the end. */
  readonly displacedHeads: readonly DisplacedHead[];
}

/** A head of this backup that this one does not follow. */
export interface DisplacedHead {
  readonly number: number;
  /** SHA-256 of the object, 32 bytes. */
  readonly hash: Uint8Array;
}

/** The newest entry of a vault's log of this backup. */
export interface VaultLog {
  /** Ed25519 public key of the vault, 32 bytes. */
  readonly identity: Uint8Array;
  /** From 1. */
  readonly number: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

/** @throws {RangeError} when there are more packs, segments, vaults or heads than a head holds. */
export async function sealHeadState(
  crypto: CryptoPort,
  keyring: Keyring,
  link: HeadLink,
  state: HeadState,
): Promise<SignedHead> {
  const plain = new Uint8Array(PLAIN_BYTES);
  plain.set(encodeHeadState(state));
  const key = keyring.epochKey(link.epoch);
  const box = await sealBox(crypto, key, 'head-seal', encodeHeadLink(link), plain);
  return { ...link, box };
}

/** @throws {HoldfastError} `damaged`. */
export async function openHeadState(
  crypto: CryptoPort,
  keyring: Keyring,
  head: SignedHead,
): Promise<HeadState> {
  const key = keyring.epochKey(head.epoch);
  const plain = await openBox(crypto, key, 'head-seal', encodeHeadLink(head), head.box);
  if (plain === null) {
    throw new HoldfastError('damaged', 'Cannot open a head: it is damaged');
  }
  return decodeHeadState(plain);
}

function encodeHeadState(state: HeadState): Uint8Array {
  const packs: PackRef[] = [];
  const streams: Uint8Array[] = [];
  for (const { pack, stream } of state.segments) {
    if (!packs.some((other) => equalBytes(other.name, pack.name))) packs.push(pack);
    if (!streams.some((other) => equalBytes(other, stream))) streams.push(stream);
  }
  if (packs.length > HEAD_PACKS_MAX || state.segments.length > HEAD_SEGMENTS_MAX) {
    throw new RangeError('"segments" must be no more than a head holds');
  }
  if (state.vaultLogs.length > HEAD_LOGS_MAX) {
    throw new RangeError('"vaultLogs" must be no more than a head holds');
  }
  if (state.displacedHeads.length > HEAD_DISPLACED_MAX) {
    throw new RangeError('"displacedHeads" must be no more than a head holds');
  }
  const writer = new ByteWriter(PLAIN_BYTES).varint(state.atMs).raw(state.deviceId);
  writer.varint(packs.length);
  for (const pack of packs) encodePackRef(writer, pack);
  writer.varint(streams.length);
  for (const stream of streams) writer.raw(stream);
  writer.varint(state.segments.length);
  for (const segment of state.segments) {
    writer.varint(streams.findIndex((stream) => equalBytes(stream, segment.stream)));
    writer.varint(segment.start).varint(segment.lengthBytes);
    writer.varint(packs.findIndex((pack) => equalBytes(pack.name, segment.pack.name)));
    writer.varint(segment.contentOffset);
  }
  const book = new AddressBook();
  book.number(state.root);
  book.encode(writer);
  writer.varint(state.vaultLogs.length);
  for (const { identity, number, hash } of state.vaultLogs) {
    writer.raw(identity).u64(BigInt(number)).raw(hash);
  }
  writer.varint(state.displacedHeads.length);
  for (const { number, hash } of state.displacedHeads) writer.u64(BigInt(number)).raw(hash);
  return writer.finish();
}

function decodeHeadState(plain: Uint8Array): HeadState {
  const reader = new ByteReader(plain, 'head');
  const atMs = reader.varint();
  const deviceId = reader.raw(DEVICE_ID_BYTES).slice();
  const packs: PackRef[] = [];
  const packCount = reader.varint(HEAD_PACKS_MAX);
  for (let i = 0; i < packCount; i++) packs.push(decodePackRef(reader));
  const streams: Uint8Array[] = [];
  const streamCount = reader.varint(HEAD_SEGMENTS_MAX);
  for (let i = 0; i < streamCount; i++) streams.push(reader.raw(STREAM_ID_BYTES).slice());
  const segments: Segment[] = [];
  const segmentCount = reader.varint(HEAD_SEGMENTS_MAX);
  for (let i = 0; i < segmentCount; i++) {
    const stream = streams[reader.varint()];
    const start = reader.varint();
    const lengthBytes = reader.varint();
    const pack = packs[reader.varint()];
    const contentOffset = reader.varint();
    if (stream === undefined || pack === undefined) throw reader.damaged('a segment is incomplete');
    const segment = { stream, start, lengthBytes, pack, contentOffset };
    assertSegment(reader, segment);
    segments.push(segment);
  }
  const [root, ...others] = AddressBook.decode(reader);
  if (root === undefined || others.length > 0 || root.kind !== 'node') {
    throw reader.damaged('it does not name one root');
  }
  const logCount = reader.varint(HEAD_LOGS_MAX);
  const vaultLogs = Array.from({ length: logCount }, () => readVaultLog(reader));
  const displacedCount = reader.varint(HEAD_DISPLACED_MAX);
  const displacedHeads = Array.from({ length: displacedCount }, () => readDisplaced(reader));
  reader.zeros();
  return { atMs, deviceId, root, segments, vaultLogs, displacedHeads };
}

function readDisplaced(reader: ByteReader): DisplacedHead {
  const number = readNumber(reader, HEAD_NUMBER_MAX);
  return { number, hash: reader.raw(HASH_BYTES).slice() };
}

function readVaultLog(reader: ByteReader): VaultLog {
  const identity = reader.raw(ED25519_KEY_BYTES).slice();
  const number = readNumber(reader, Number.MAX_SAFE_INTEGER);
  return { identity, number, hash: reader.raw(HASH_BYTES).slice() };
}

function readNumber(reader: ByteReader, most: number): number {
  const number = reader.u64();
  if (number < 1n || number > BigInt(most)) throw reader.damaged('a number is impossible');
  return Number(number);
}
