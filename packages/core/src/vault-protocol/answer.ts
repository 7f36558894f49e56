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
import { ByteReader, ByteWriter, concatBytes, equalBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import {
  ED25519_KEY_BYTES,
  FORMAT_VERSION,
  HASH_BYTES,
  label,
  SIGNATURE_BYTES,
} from '../wire/index.ts';
import { SERVING_KEY_MAX_MS } from './limits.ts';
import { REQUEST_KINDS, type RequestKind } from './request.ts';

const MAGIC = new TextEncoder().encode(`HFVANS\0${String.fromCharCode(FORMAT_VERSION)}`);
const CERTIFIED_BYTES = ED25519_KEY_BYTES + 8 + 8 + 32;
/** Length of a serving key's certificate. */
export const SERVING_CERTIFICATE_BYTES = CERTIFIED_BYTES + SIGNATURE_BYTES;
const TAIL_BYTES = SERVING_CERTIFICATE_BYTES + SIGNATURE_BYTES;

export interface ServingKey {
  /** Ed25519 seed, 32 bytes. */
  readonly seed: Uint8Array;
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
  crypto: CryptoPort,
  vault: Uint8Array,
  { seed, certificate }: ServingKey,
  { kind, requestHash, timeMs, body }: VaultAnswer,
): Promise<Uint8Array> {
  const writer = new ByteWriter().raw(MAGIC).u8(REQUEST_KINDS.indexOf(kind) + 1);
  writer.raw(requestHash).u64(BigInt(timeMs)).raw(body).raw(certificate);
  const signed = writer.finish();
  const message = concatBytes(label('vault-answer'), vault, signed);
  return concatBytes(signed, await crypto.ed25519Sign(seed, message));
}

/**
 * An answer that is a vault's. Anything else is no answer, whoever sent it.
 *
 * @param vault Identity that the client trusts, 32 bytes.
 * @param requestHash Of the client's own request.
 * @throws {HoldfastError} `vault-untrusted`.
 */
export async function openAnswer(
  crypto: CryptoPort,
  vault: Uint8Array,
  requestHash: Uint8Array,
  bytes: Uint8Array,
): Promise<VaultAnswer> {
  const answer = parse(bytes);
  if (answer === null) throw untrusted();
  const { certificate, timeMs } = answer;
  const reader = new ByteReader(certificate.subarray(0, CERTIFIED_BYTES), 'certificate');
  const servingKey = reader.raw(ED25519_KEY_BYTES);
  const fromMs = Number(reader.u64());
  const untilMs = Number(reader.u64());
  const isInTime = fromMs <= timeMs && timeMs <= untilMs && untilMs - fromMs <= SERVING_KEY_MAX_MS;
  const isOfRequest = equalBytes(requestHash, answer.requestHash);
  const certified = certificate.subarray(0, CERTIFIED_BYTES);
  const certifiedMessage = concatBytes(label('serving-key'), certified);
  const signed = bytes.subarray(0, -SIGNATURE_BYTES);
  const message = concatBytes(label('vault-answer'), vault, signed);
  const isSigned =
    reader.raw(32).every((byte) => byte === 0) &&
    (await crypto.ed25519Verify(vault, certifiedMessage, certificate.subarray(CERTIFIED_BYTES))) &&
    (await crypto.ed25519Verify(servingKey, message, bytes.subarray(-SIGNATURE_BYTES)));
  if (!isInTime || !isOfRequest || !isSigned) throw untrusted();
  return answer;
}

function parse(bytes: Uint8Array): (VaultAnswer & { readonly certificate: Uint8Array }) | null {
  const headBytes = MAGIC.length + 1 + HASH_BYTES + 8;
  if (bytes.length < headBytes + TAIL_BYTES) return null;
  const reader = new ByteReader(bytes, 'answer');
  if (!equalBytes(reader.raw(MAGIC.length), MAGIC)) return null;
  const kind = REQUEST_KINDS[reader.u8() - 1];
  if (kind === undefined) return null;
  const requestHash = reader.raw(HASH_BYTES).slice();
  const timeMs = Number(reader.u64());
  const body = reader.raw(reader.remaining - TAIL_BYTES).slice();
  return { kind, requestHash, timeMs, body, certificate: reader.raw(SERVING_CERTIFICATE_BYTES) };
}

function untrusted(): HoldfastError {
  const message = 'Cannot trust an answer: it is not signed by the vault that was asked';
  return new HoldfastError('vault-untrusted', message);
}
