/** What each kind of request says (spec/vault-protocol.md §5). */
import { ByteReader, ByteWriter } from '../../bytes/index.ts';
import { HEAD_BYTES } from '../../head/index.ts';
import { RECOVERY_RECORD_BYTES } from '../../recovery-record/index.ts';
import { ROTATION_BYTES } from '../../rotation/index.ts';
import { ED25519_KEY_BYTES, HASH_BYTES, SIGNATURE_BYTES } from '../../wire/index.ts';
import { ACCOUNT_BYTES, ELEMENT_BYTES, HEADS_AT_ONCE_MAX, ID_BYTES } from '../limits.ts';
import { CERTIFICATE_BYTES } from './certificate.ts';
import type { RequestKind } from './request.ts';

/** A record with the certificate that makes it count. */
export interface CertifiedRecord {
  /** 16,384 bytes. */
  readonly record: Uint8Array;
  /** 236 bytes. */
  readonly certificate: Uint8Array;
}

/** Bytes are 16 long for ids, 32 for hashes, keys and accounts, 33 for elements, 64 for signatures. */
export interface RequestBodies {
  readonly hello: Record<never, never>;
  readonly enrol: { readonly ownerPublicKey: Uint8Array; readonly headPublicKey: Uint8Array };
  readonly stage: {
    readonly stageId: Uint8Array;
    readonly version: number;
    /** Null: that of the record that is live. */
    readonly account: Uint8Array | null;
    readonly element: Uint8Array;
  };
  readonly commit: CertifiedRecord;
  readonly retire: Record<never, never>;
  readonly status: Record<never, never>;
  readonly record: { readonly recordHash: Uint8Array };
  readonly guess: {
    readonly recordHash: Uint8Array;
    readonly attemptId: Uint8Array;
    readonly element: Uint8Array;
  };
  readonly proof: {
    readonly attemptId: Uint8Array;
    /** SHA-256. */
    readonly sentHash: Uint8Array;
    readonly answeredHash: Uint8Array;
  };
  readonly remove: {
    readonly recordId: Uint8Array;
    /** Number of the newest entry of the log that the sender saw. */
    readonly seenNumber: number;
    /** Made by `signRemoval`, or null. */
    readonly proof: Uint8Array | null;
  };
  readonly cancel: { readonly recordId: Uint8Array; readonly seenNumber: number };
  readonly log: { readonly from: number };
  readonly witness: {
    /** 1 to 15, each of 4,096 bytes and naming the one before it. */
    readonly heads: readonly Uint8Array[];
  };
  readonly head: Record<never, never>;
  readonly rebase: {
    /** SHA-256 of the vault's newest head, which is put aside. */
    readonly displacedHash: Uint8Array;
    /** 4,096 bytes. */
    readonly head: Uint8Array;
  };
  readonly rotate: {
    /** 516 bytes. */
    readonly certificate: Uint8Array;
    /** The first of the new generation, 4,096 bytes. */
    readonly head: Uint8Array;
    /** SHA-256 of the vault's newest head, if that is put aside; null when the first head follows it. */
    readonly displacedHash: Uint8Array | null;
  };
}

interface Codec<Body> {
  write(body: Body, writer: ByteWriter): void;
  read(reader: ByteReader): Body;
}

const EMPTY: Codec<Record<never, never>> = { write: () => undefined, read: () => ({}) };

const CODECS: { readonly [Kind in RequestKind]: Codec<RequestBodies[Kind]> } = {
  hello: EMPTY,
  enrol: {
    write: (body, writer) => writer.raw(body.ownerPublicKey).raw(body.headPublicKey),
    read: (reader) => ({
      ownerPublicKey: reader.raw(ED25519_KEY_BYTES).slice(),
      headPublicKey: reader.raw(ED25519_KEY_BYTES).slice(),
    }),
  },
  stage: {
    write({ stageId, version, account, element }, writer) {
      writer
        .raw(stageId)
        .u32(version)
        .raw(account ?? new Uint8Array(ACCOUNT_BYTES));
      writer.raw(element);
    },
    read: (reader) => ({
      stageId: reader.raw(ID_BYTES).slice(),
      version: reader.u32(),
      account: unlessZeros(reader.raw(ACCOUNT_BYTES)),
      element: reader.raw(ELEMENT_BYTES).slice(),
    }),
  },
  commit: {
    write: (body, writer) => writer.raw(body.record).raw(body.certificate),
    read: (reader) => ({
      record: reader.raw(RECOVERY_RECORD_BYTES).slice(),
      certificate: reader.raw(CERTIFICATE_BYTES).slice(),
    }),
  },
  retire: EMPTY,
  status: EMPTY,
  record: {
    write: (body, writer) => writer.raw(body.recordHash),
    read: (reader) => ({ recordHash: reader.raw(HASH_BYTES).slice() }),
  },
  guess: {
    write: (body, writer) => writer.raw(body.recordHash).raw(body.attemptId).raw(body.element),
    read: (reader) => ({
      recordHash: reader.raw(HASH_BYTES).slice(),
      attemptId: reader.raw(ID_BYTES).slice(),
      element: reader.raw(ELEMENT_BYTES).slice(),
    }),
  },
  proof: {
    write: (body, writer) => writer.raw(body.attemptId).raw(body.sentHash).raw(body.answeredHash),
    read: (reader) => ({
      attemptId: reader.raw(ID_BYTES).slice(),
      sentHash: reader.raw(HASH_BYTES).slice(),
      answeredHash: reader.raw(HASH_BYTES).slice(),
    }),
  },
  remove: {
    write: ({ recordId, seenNumber, proof }, writer) =>
      writer
        .raw(recordId)
        .u64(BigInt(seenNumber))
        .raw(proof ?? new Uint8Array(SIGNATURE_BYTES)),
    read: (reader) => ({
      recordId: reader.raw(ID_BYTES).slice(),
      seenNumber: readNumber(reader),
      proof: unlessZeros(reader.raw(SIGNATURE_BYTES)),
    }),
  },
  cancel: {
    write: (body, writer) => writer.raw(body.recordId).u64(BigInt(body.seenNumber)),
    read: (reader) => ({
      recordId: reader.raw(ID_BYTES).slice(),
      seenNumber: readNumber(reader),
    }),
  },
  log: {
    write: (body, writer) => writer.u64(BigInt(body.from)),
    read(reader) {
      const from = readNumber(reader);
      if (from === 0) throw reader.damaged('its first number is out of range');
      return { from };
    },
  },
  witness: {
    write({ heads }, writer) {
      writer.u8(heads.length);
      for (const head of heads) writer.raw(head);
    },
    read(reader) {
      const count = reader.u8();
      const isPossible = count >= 1 && count <= HEADS_AT_ONCE_MAX;
      if (!isPossible) throw reader.damaged('it holds an impossible number of heads');
      return { heads: Array.from({ length: count }, () => reader.raw(HEAD_BYTES).slice()) };
    },
  },
  head: EMPTY,
  rebase: {
    write: (body, writer) => writer.raw(body.displacedHash).raw(body.head),
    read: (reader) => ({
      displacedHash: reader.raw(HASH_BYTES).slice(),
      head: reader.raw(HEAD_BYTES).slice(),
    }),
  },
  rotate: {
    write: ({ certificate, head, displacedHash }, writer) =>
      writer
        .raw(certificate)
        .raw(head)
        .raw(displacedHash ?? new Uint8Array(HASH_BYTES)),
    read: (reader) => ({
      certificate: reader.raw(ROTATION_BYTES).slice(),
      head: reader.raw(HEAD_BYTES).slice(),
      displacedHash: unlessZeros(reader.raw(HASH_BYTES)),
    }),
  },
};

export function encodeRequestBody<Kind extends RequestKind>(
  kind: Kind,
  body: RequestBodies[Kind],
): Uint8Array {
  const writer = new ByteWriter(256);
  CODECS[kind].write(body, writer);
  return writer.finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeRequestBody<Kind extends RequestKind>(
  kind: Kind,
  bytes: Uint8Array,
): RequestBodies[Kind] {
  const reader = new ByteReader(bytes, `"${kind}" request`);
  const body = CODECS[kind].read(reader);
  reader.end();
  return body;
}

function readNumber(reader: ByteReader): number {
  const value = reader.u64();
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw reader.damaged('a number is out of range');
  return Number(value);
}

function unlessZeros(bytes: Uint8Array): Uint8Array | null {
  return bytes.some((byte) => byte !== 0) ? bytes.slice() : null;
}
