/** What each kind of request says (spec/vault-protocol.md §5). */
import { ByteReader, ByteWriter } from '../../bytes/index.ts';
import { RECOVERY_RECORD_BYTES } from '../../recovery-record/index.ts';
import { ED25519_KEY_BYTES, HASH_BYTES, SIGNATURE_BYTES } from '../../wire/index.ts';
import { ACCOUNT_BYTES, ELEMENT_BYTES, ID_BYTES, VAULTS_MAX } from '../limits.ts';
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
  readonly retire: { readonly recordHash: Uint8Array; readonly answers: readonly Uint8Array[] };
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
    /** Made by `signRemoval`, or null. */
    readonly proof: Uint8Array | null;
  };
  readonly cancel: { readonly recordId: Uint8Array; readonly signerId: Uint8Array };
  readonly log: { readonly from: number };
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
  retire: {
    write({ recordHash, answers }, writer) {
      writer.raw(recordHash).u8(answers.length);
      for (const answer of answers) writer.bytes(answer);
    },
    read(reader) {
      const recordHash = reader.raw(HASH_BYTES).slice();
      const count = reader.u8();
      if (count > VAULTS_MAX) throw reader.damaged('it has too many answers');
      const answers = Array.from({ length: count }, () => reader.bytes(reader.remaining).slice());
      return { recordHash, answers };
    },
  },
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
    write: ({ recordId, proof }, writer) =>
      writer.raw(recordId).raw(proof ?? new Uint8Array(SIGNATURE_BYTES)),
    read: (reader) => ({
      recordId: reader.raw(ID_BYTES).slice(),
      proof: unlessZeros(reader.raw(SIGNATURE_BYTES)),
    }),
  },
  cancel: {
    write: (body, writer) => writer.raw(body.recordId).raw(body.signerId),
    read: (reader) => ({
      recordId: reader.raw(ID_BYTES).slice(),
      signerId: reader.raw(ID_BYTES).slice(),
    }),
  },
  log: {
    write: (body, writer) => writer.u64(BigInt(body.from)),
    read(reader) {
      const from = reader.u64();
      if (from < 1n || from > BigInt(Number.MAX_SAFE_INTEGER)) {
        throw reader.damaged('its first number is out of range');
      }
      return { from: Number(from) };
    },
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

function unlessZeros(bytes: Uint8Array): Uint8Array | null {
  return bytes.some((byte) => byte !== 0) ? bytes.slice() : null;
}
