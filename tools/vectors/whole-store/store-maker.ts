// Makes the objects of a backup with the codecs of core alone: no client, no clock, no chance.

import {
  type Address,
  type AddressBook,
  addressKey,
  type BlobKind,
  cutTail,
  deriveBackupId,
  deriveChunkNameKey,
  derivePackKeys,
  deriveRootKeys,
  encodeRoot,
  encodeSegmentValue,
  FRAME_BYTES,
  Keyring,
  type PackRef,
  type Piece,
  packBytes,
  type Root,
  type RootKeys,
  type Segment,
  sealHeadState,
  sealKeyring,
  sealPack,
  segmentKey,
  type Table,
  type TableLayer,
  TableNodeWriter,
} from '@holdfast/core/backup-format';
import { ByteWriter, compareBytes, toHex } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { signHead } from '@holdfast/core/head';
import { encodeKeyRecordBody, signRecoveryRecord } from '@holdfast/core/recovery-record';
import { Secret } from '@holdfast/core/secret';
import { counterNonce } from '@holdfast/core/wire';
import { countingCrypto, drawn } from '../counting-crypto.ts';
import type { Patch } from '../patch.ts';
import { plainZstd } from './plain-zstd.ts';

const NO_HASH = new Uint8Array(32);
const NO_NAMES: Uint8Array = new Uint8Array(0);

export interface Stream {
  readonly id: Uint8Array;
  lengthBytes: number;
}

export interface Row {
  readonly key: Uint8Array;
  readonly encode: (book: AddressBook) => Uint8Array;
}

interface Keys extends RootKeys {
  readonly backupId: Uint8Array;
  readonly chunkNameKey: Secret;
}

export class StoreMaker {
  /** By name, in the order in which they were put. */
  readonly objects = new Map<string, Uint8Array>();
  readonly rootKey: Uint8Array;
  readonly keys: Keys;
  readonly deviceId = drawn('the device', 16);
  readonly #crypto: CryptoPort;
  #keyring: Keyring;
  #keyringHash: Uint8Array = NO_HASH;
  #headHash: Uint8Array = NO_HASH;
  #headNumber = 0;
  /** What the next packs are made of. */
  #pending: Piece[] = [];
  /** Every blob that was ever written. */
  readonly #blobs: Piece[] = [];
  /** The address book of every node, by the node's own address. */
  readonly #books = new Map<string, readonly Address[]>();

  constructor(crypto: CryptoPort, rootKey: Uint8Array, keys: Keys, keyring: Keyring) {
    this.#crypto = crypto;
    this.rootKey = rootKey;
    this.keys = keys;
    this.#keyring = keyring;
  }

  /** A store that holds a keyring and the recovery record, but no head yet. */
  static async make(): Promise<StoreMaker> {
    const crypto = countingCrypto('whole store');
    const rootKey = crypto.randomBytes(32);
    const secret = new Secret(rootKey.slice());
    const rootKeys = await deriveRootKeys(crypto, secret);
    const epochKey = new Secret(crypto.randomBytes(32));
    const ownerPublicKey = await crypto.ed25519PublicKey(rootKeys.ownerSeed.bytes());
    const backupId = await deriveBackupId(crypto, ownerPublicKey);
    const chunkNameKey = await deriveChunkNameKey(crypto, epochKey);
    const keys = { ...rootKeys, backupId, chunkNameKey };
    const maker = new StoreMaker(crypto, rootKey, keys, new Keyring([epochKey]));
    await maker.#putKeyring();
    const record = await signRecoveryRecord(crypto, rootKeys.ownerSeed, {
      method: 'key',
      version: 1,
      backupId,
      ownerPublicKey,
      previousHash: NO_HASH,
      body: await encodeKeyRecordBody(crypto, secret),
    });
    maker.objects.set('records/key-000001', record);
    return maker;
  }

  /** What is sealed from now on is under a new epoch key. */
  async beginEpoch(): Promise<void> {
    this.#keyring = this.#keyring.withNextEpoch(new Secret(this.#crypto.randomBytes(32)));
    await this.#putKeyring();
  }

  /** Name of the newest keyring. */
  get keyringName(): string {
    return `keyrings/${toHex(this.#keyringHash)}`;
  }

  /**
   * What a holder of the pack's epoch key can put in a frame's place: its content, one bit of a byte
   * changed, under the same header.
   *
   * @param at Offset in the object of the byte's ciphertext, in a frame that is not the first.
   */
  async sealAnew(pack: PackRef, at: number): Promise<readonly Patch[]> {
    const object = this.objects.get(packName(pack.name)) as Uint8Array;
    const keys = await derivePackKeys(this.#crypto, this.#keyring, pack);
    const frame = Math.floor(at / FRAME_BYTES);
    const sealed = object.slice(frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES);
    const nonce = counterNonce(frame);
    const content = await this.#crypto.open(keys.key, nonce, keys.header, sealed);
    if (content === null) throw new RangeError(`"at" must be in a sound frame: got ${at}`);
    const changed = at - frame * FRAME_BYTES;
    content[changed] = (content[changed] as number) ^ 1;
    sealed.set(content);
    await this.#crypto.sealInPlace(keys.key, nonce, keys.header, sealed);
    const tag = sealed.subarray(content.length);
    return [
      [at, toHex(sealed.subarray(changed, changed + 1))],
      [frame * FRAME_BYTES + content.length, toHex(tag)],
    ];
  }

  newStream(): Stream {
    return { id: this.#crypto.randomBytes(16), lengthBytes: 0 };
  }

  /** Name of a chunk, 32 bytes; that of a page is its first half. */
  async nameOf(plain: Uint8Array): Promise<Uint8Array> {
    return await this.#crypto.hmacSha256(this.keys.chunkNameKey.bytes(), plain);
  }

  /** Appends a blob to a stream, compressed where that makes it shorter. */
  append(stream: Stream, kind: BlobKind, plain: Uint8Array, names = NO_NAMES): Address {
    const packed = plainZstd(plain);
    const compressed = packed.length < plain.length;
    const bytes = compressed ? packed : plain;
    const { id, lengthBytes: offset } = stream;
    const lengths = { storedBytes: bytes.length, plainBytes: plain.length, compressed };
    const address: Address = { kind, stream: id, offset, ...lengths };
    const piece: Piece = { stream: id, offset, bytes, blob: { address, names } };
    this.#pending.push(piece);
    this.#blobs.push(piece);
    stream.lengthBytes += bytes.length;
    return address;
  }

  /** Writes one layer of a table: leaves of so many entries, and a branch above several. */
  layer(stream: Stream, rows: readonly Row[], entriesPerLeaf = 1000): TableLayer {
    const sorted = rows.toSorted((a, b) => compareBytes(a.key, b.key));
    const begun = stream.lengthBytes;
    const done = (root: Address, height: number): TableLayer => {
      const storedBytes = stream.lengthBytes - begun;
      return { root, height, entries: rows.length, storedBytes };
    };
    const leaves: Row[] = [];
    let leaf: Address | null = null;
    for (let at = 0; at < sorted.length; at += entriesPerLeaf) {
      const some = sorted.slice(at, at + entriesPerLeaf);
      const address = this.#node(stream, 0, some);
      const [first] = some as [Row];
      const encode = (book: AddressBook): Uint8Array =>
        new ByteWriter().varint(book.number(address)).finish();
      leaves.push({ key: first.key, encode });
      leaf = address;
    }
    if (leaf === null) throw new RangeError('"rows" must not be empty');
    return leaves.length === 1 ? done(leaf, 0) : done(this.#node(stream, 1, leaves), 1);
  }

  indexLayer(stream: Stream, segments: readonly Segment[]): TableLayer {
    const rows = segments.map((segment) => ({
      key: segmentKey(segment.stream, segment.start),
      encode: () => encodeSegmentValue(segment),
    }));
    return this.layer(stream, rows);
  }

  /** Takes what lies in some streams, and what some tables lead to, to the next packs. */
  move(streams: readonly Stream[], tables: Table): void {
    const live = this.#reachable(tables.map(({ root }) => root));
    for (const { id } of streams) {
      const kept = this.#blobs.filter(
        ({ stream, blob }) => stream === id && blob !== null && live.has(addressKey(blob.address)),
      );
      this.#pending.push(...kept);
    }
  }

  /** Removes packs. */
  remove(segments: readonly Segment[]): void {
    for (const { pack } of segments) this.objects.delete(packName(pack.name));
  }

  /**
   * Seals what is pending into packs, and puts the next head.
   *
   * @returns The segments that the head names.
   */
  async commit(stream: Stream, root: Root, atMs: number): Promise<readonly Segment[]> {
    const address = this.append(stream, 'node', encodeRoot(root));
    const segments = await this.#packUp();
    const link = {
      backupId: this.keys.backupId,
      generation: 0,
      number: ++this.#headNumber,
      previousHash: this.#headHash,
      keyringHash: this.#keyringHash,
      epoch: this.#keyring.newestEpoch,
    };
    const state = {
      atMs,
      deviceId: this.deviceId,
      root: address,
      segments,
      vaultLogs: [],
      displacedHeads: [],
    };
    const head = await sealHeadState(this.#crypto, this.#keyring, link, state);
    const object = await signHead(this.#crypto, this.keys.headSeed, head);
    this.#headHash = await this.#crypto.sha256(object);
    this.objects.set(headName(link.number), object);
    return segments;
  }

  async #putKeyring(): Promise<void> {
    const { keyringKey, backupId } = this.keys;
    const object = await sealKeyring(this.#crypto, keyringKey, backupId, this.#keyring);
    this.#keyringHash = await this.#crypto.sha256(object);
    this.objects.set(this.keyringName, object);
  }

  async #packUp(): Promise<readonly Segment[]> {
    const segments: Segment[] = [];
    for await (const draft of cutTail(this.#pending, (k) => new Uint8Array(packBytes(k)))) {
      const object = draft.finish();
      const pack = await sealPack(this.#crypto, this.#keyring, draft.k, object);
      this.objects.set(packName(pack.name), object);
      let contentOffset = 0;
      for (const part of draft.parts) {
        segments.push({ ...part, pack, contentOffset });
        contentOffset += part.lengthBytes;
      }
    }
    this.#pending = [];
    return segments;
  }

  #node(stream: Stream, height: number, rows: readonly Row[]): Address {
    const writer = new TableNodeWriter(height);
    for (const { key, encode } of rows) writer.add(key, encode(writer.book));
    const address = this.append(stream, 'node', writer.finish());
    this.#books.set(addressKey(address), writer.book.addresses);
    return address;
  }

  /** Keys of some addresses and of all that their books lead to. */
  #reachable(from: readonly Address[]): ReadonlySet<string> {
    const reached = new Set<string>();
    const waiting = [...from];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const key = addressKey(next);
      if (reached.has(key)) continue;
      reached.add(key);
      waiting.push(...(this.#books.get(key) ?? []));
    }
    return reached;
  }
}

export function headName(number: number): string {
  return `heads/${String(number).padStart(12, '0')}`;
}

export function packName(hash: Uint8Array): string {
  const hex = toHex(hash);
  return `packs/${hex.slice(0, 2)}/${hex}`;
}
