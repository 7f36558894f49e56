/**
 * What a vault answers, signed by a serving key that its identity certifies
 * (spec/vault-protocol.md §5).
 *
 *     offset  bytes
 *          0      8  "HFVANS" 00 01
 *          8      1  kind of the request
 *          9     32  SHA-256 of the request
 *         41      8  time, u64, milliseconds since 1970
 *         49      …  body
 *          …    144  certificate of the serving key
 *          …     64  Ed25519 signature by the serving key over "holdfast/v1/vault-answer", the
 *                    vault's identity, and all bytes before
 */
import { ByteReader, ByteWriter, concatBytes, equalBytes } from '../../bytes/index.ts';
import type { Awaitable, CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import {
  ED25519_KEY_BYTES,
  HASH_BYTES,
  label,
  objectMagic,
  SIGNATURE_BYTES,
} from '../../wire/index.ts';
import { CLOCK_TOLERANCE_MS, SERVING_KEY_MAX_MS } from '../limits.ts';
import { REQUEST_KINDS, type RequestKind } from './request.ts';

const MAGIC = objectMagic('VANS');
const CERTIFIED_BYTES = ED25519_KEY_BYTES + 8 + 8 + 32;
/** Length of a serving key's certificate. */
export const SERVING_CERTIFICATE_BYTES = CERTIFIED_BYTES + SIGNATURE_BYTES;
const HEAD_BYTES = MAGIC.length + 1 + HASH_BYTES + 8;
const TAIL_BYTES = SERVING_CERTIFICATE_BYTES + SIGNATURE_BYTES;

export interface ServingKey {
  /** Ed25519 (RFC 8032): 64 bytes. */
  readonly sign: (message: Uint8Array) => Awaitable<Uint8Array>;
  readonly certificate: Uint8Array;
}

export interface VaultAnswer {
  readonly kind: RequestKind;
  /** SHA-256 of the request, 32 bytes. */
  readonly requestHash: Uint8Array;
  /** By the vault's clock. */
  readonly timeMs: number;
  readonly body: Uint8Array;
}

/** For how long the key that signed is certified, by the vault's clock. */
export interface ServingTime {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * The message that a vault's identity signs to certify a serving key, and what goes before the
 * signature in the certificate.
 */
export function servingKeyMessage(
  publicKey: Uint8Array,
  fromMs: number,
  untilMs: number,
): { readonly certified: Uint8Array; readonly message: Uint8Array } {
  const writer = new ByteWriter(CERTIFIED_BYTES).raw(publicKey);
  writer.u64(BigInt(fromMs)).u64(BigInt(untilMs)).raw(new Uint8Array(32));
  const certified = writer.finish();
  return { certified, message: concatBytes(label('serving-key'), certified) };
}

export async function signAnswer(
  vault: Uint8Array,
  { sign, certificate }: ServingKey,
  { kind, requestHash, timeMs, body }: VaultAnswer,
): Promise<Uint8Array> {
  const prefix = concatBytes(label('vault-answer'), vault);
  const writer = new ByteWriter(prefix.length + HEAD_BYTES + body.length + TAIL_BYTES);
  writer
    .raw(prefix)
    .raw(MAGIC)
    .u8(REQUEST_KINDS.indexOf(kind) + 1);
  writer.raw(requestHash).u64(BigInt(timeMs)).raw(body).raw(certificate);
  const message = writer.raw(new Uint8Array(SIGNATURE_BYTES)).finish();
  const signedBytes = message.length - SIGNATURE_BYTES;
  message.set(await sign(message.subarray(0, signedBytes)), signedBytes);
  return message.subarray(prefix.length);
}

/** What an answer must fit. */
export interface AskedFor {
  /** SHA-256 of the client's own request. */
  readonly requestHash: Uint8Array;
  /** By the client's clock. */
  readonly nowMs: number;
}

/**
 * An answer that is a vault's, to the request that was sent. Anything else is no answer, whoever sent it.
 *
 * @param vault Identity that the client trusts, 32 bytes.
 * @throws {HoldfastError} `vault-untrusted`.
 */
export async function openAnswer(
  crypto: CryptoPort,
  vault: Uint8Array,
  { requestHash, nowMs }: AskedFor,
  bytes: Uint8Array,
): Promise<VaultAnswer> {
  const answer = await verifyAnswer(crypto, vault, bytes);
  if (answer === null || !equalBytes(requestHash, answer.requestHash)) {
    const state = 'it is not signed by the vault that was asked';
    throw new HoldfastError('vault-untrusted', `Cannot trust an answer: ${state}`);
  }
  const { fromMs, untilMs, timeMs } = answer;
  if (nowMs < fromMs - CLOCK_TOLERANCE_MS || nowMs > untilMs + CLOCK_TOLERANCE_MS) {
    const times = `${isoTime(timeMs)} there, ${isoTime(nowMs)} here`;
    const state = `the clocks of the vault and of this device differ too much (${times})`;
    throw new HoldfastError('vault-untrusted', `Cannot trust an answer: ${state}`);
  }
  return answer;
}

/**
 * An answer with all its signatures, to whatever request, whenever; null when it is none.
 *
 * @param vault Identity of the vault, 32 bytes.
 */
async function verifyAnswer(
  crypto: CryptoPort,
  vault: Uint8Array,
  bytes: Uint8Array,
): Promise<(VaultAnswer & ServingTime) | null> {
  const answer = parseAnswer(bytes);
  if (answer === null) return null;
  const { certificate, ...content } = answer;
  const certified = certificate.subarray(0, CERTIFIED_BYTES);
  const reader = new ByteReader(certified, 'certificate');
  const servingKey = reader.raw(ED25519_KEY_BYTES);
  const fromMs = Number(reader.u64());
  const untilMs = Number(reader.u64());
  const isInTime = fromMs <= answer.timeMs && answer.timeMs <= untilMs;
  if (!isInTime || untilMs - fromMs > SERVING_KEY_MAX_MS) return null;
  if (reader.raw(32).some((byte) => byte !== 0)) return null;
  const certifiedMessage = concatBytes(label('serving-key'), certified);
  const certificateSignature = certificate.subarray(CERTIFIED_BYTES);
  const message = concatBytes(label('vault-answer'), vault, bytes.subarray(0, -SIGNATURE_BYTES));
  const isSigned =
    (await crypto.ed25519Verify(vault, certifiedMessage, certificateSignature)) &&
    (await crypto.ed25519Verify(servingKey, message, bytes.subarray(-SIGNATURE_BYTES)));
  return isSigned ? { ...content, fromMs, untilMs } : null;
}

/** An answer's parts, none of which is known to be the vault's yet; null when it has other parts. */
export function parseAnswer(
  bytes: Uint8Array,
): (VaultAnswer & { readonly certificate: Uint8Array }) | null {
  if (bytes.length < HEAD_BYTES + TAIL_BYTES) return null;
  const reader = new ByteReader(bytes, 'answer');
  if (!equalBytes(reader.raw(MAGIC.length), MAGIC)) return null;
  const kind = REQUEST_KINDS[reader.u8() - 1];
  if (kind === undefined) return null;
  const requestHash = reader.raw(HASH_BYTES).slice();
  const timeMs = Number(reader.u64());
  const body = reader.raw(reader.remaining - TAIL_BYTES).slice();
  return { kind, requestHash, timeMs, body, certificate: reader.raw(SERVING_CERTIFICATE_BYTES) };
}

function isoTime(timeMs: number): string {
  return Number.isSafeInteger(timeMs) && timeMs < 8e15 ? new Date(timeMs).toISOString() : 'no time';
}
