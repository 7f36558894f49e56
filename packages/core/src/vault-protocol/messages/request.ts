/**
 * What a client sends a vault (spec/vault-protocol.md §5).
 *
 *     offset  bytes
 *          0      8  "HFVREQ" 00 01
 *          8      1  kind
 *          9     32  identity of the vault
 *         41     32  backup id
 *         73     32  nonce
 *        105      …  body; of most kinds the last 64 bytes are a signature over
 *                    "holdfast/v1/vault-<kind>" and all bytes before, or zeros
 */
import { ByteReader, concatBytes } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import {
  assertObjectMagic,
  ED25519_KEY_BYTES,
  HASH_BYTES,
  label,
  MAGIC_BYTES,
  objectMagic,
  SIGNATURE_BYTES,
} from '../../wire/index.ts';
import { NONCE_BYTES } from '../limits.ts';

const MAGIC = objectMagic('VREQ');
/** Longest request. */
export const REQUEST_MAX_BYTES = 64 * 1024;

export const REQUEST_KINDS = [
  'hello',
  'enrol',
  'stage',
  'commit',
  'retire',
  'status',
  'record',
  'guess',
  'proof',
  'remove',
  'cancel',
  'log',
  'witness',
  'head',
  'rebase',
  'rotate',
] as const;

export type RequestKind = (typeof REQUEST_KINDS)[number];

export interface VaultRequest {
  readonly kind: RequestKind;
  /** Ed25519 public key of the vault, 32 bytes. */
  readonly vault: Uint8Array;
  readonly backupId: Uint8Array;
  /** Random, 32 bytes. */
  readonly nonce: Uint8Array;
  /** Without the signature when there is one. */
  readonly body: Uint8Array;
}

const HEADER_BYTES = MAGIC_BYTES + 1 + ED25519_KEY_BYTES + HASH_BYTES + NONCE_BYTES;
/** Whose signature ends a request: always, never, or zeros where a token stands in for the owner's. */
const SIGNATURES: { readonly [Kind in RequestKind]: 'always' | 'never' | 'or-token' } = {
  hello: 'never',
  enrol: 'always',
  stage: 'always',
  commit: 'or-token',
  retire: 'always',
  status: 'or-token',
  record: 'or-token',
  guess: 'never',
  proof: 'always',
  remove: 'always',
  cancel: 'always',
  log: 'always',
  witness: 'always',
  head: 'always',
  rebase: 'always',
  rotate: 'always',
};

/** A request that no key signs. */
export function encodeRequest(request: VaultRequest): Uint8Array {
  const signature = SIGNATURES[request.kind];
  if (signature === 'always') throw new TypeError(`"${request.kind}" must be signed`);
  const room = new Uint8Array(signature === 'never' ? 0 : SIGNATURE_BYTES);
  return concatBytes(encodeUnsigned(request), room);
}

/** @param seed Ed25519 seed of the key that the kind asks for, 32 bytes. */
export async function signRequest(
  crypto: CryptoPort,
  request: VaultRequest,
  seed: Uint8Array,
): Promise<Uint8Array> {
  if (SIGNATURES[request.kind] === 'never') throw new TypeError(`"${request.kind}" is not signed`);
  const unsigned = encodeUnsigned(request);
  const message = concatBytes(label(`vault-${request.kind}`), unsigned);
  return concatBytes(unsigned, await crypto.ed25519Sign(seed, message));
}

/** @throws {HoldfastError} `damaged`, `limit-exceeded`, or `format-too-new`. */
export function decodeRequest(bytes: Uint8Array): VaultRequest {
  if (bytes.length > REQUEST_MAX_BYTES) {
    throw new HoldfastError('limit-exceeded', 'Cannot read a request: it is too long');
  }
  assertObjectMagic(bytes, MAGIC, 'request');
  const reader = new ByteReader(bytes.subarray(MAGIC_BYTES), 'request');
  const kind = REQUEST_KINDS[reader.u8() - 1];
  if (kind === undefined) throw reader.damaged('its kind is unknown');
  const vault = reader.raw(ED25519_KEY_BYTES).slice();
  const backupId = reader.raw(HASH_BYTES).slice();
  const nonce = reader.raw(NONCE_BYTES).slice();
  const bodyBytes = reader.remaining - (SIGNATURES[kind] === 'never' ? 0 : SIGNATURE_BYTES);
  if (bodyBytes < 0) throw reader.damaged('it is cut short');
  return { kind, vault, backupId, nonce, body: reader.raw(bodyBytes).slice() };
}

/**
 * Whether the client's signature fits.
 *
 * @param bytes A whole request that `decodeRequest` takes.
 */
export async function isSignedBy(
  crypto: CryptoPort,
  bytes: Uint8Array,
  kind: RequestKind,
  publicKey: Uint8Array,
): Promise<boolean> {
  if (SIGNATURES[kind] === 'never') return false;
  const end = bytes.length - SIGNATURE_BYTES;
  if (end < HEADER_BYTES) return false;
  const message = concatBytes(label(`vault-${kind}`), bytes.subarray(0, end));
  return await crypto.ed25519Verify(publicKey, message, bytes.subarray(end));
}

function encodeUnsigned({ kind, vault, backupId, nonce, body }: VaultRequest): Uint8Array {
  const code = Uint8Array.of(REQUEST_KINDS.indexOf(kind) + 1);
  const bytes = concatBytes(MAGIC, code, vault, backupId, nonce, body);
  if (bytes.length !== HEADER_BYTES + body.length || bytes.length > REQUEST_MAX_BYTES) {
    throw new RangeError('"request" must have an identity, an id and a nonce of 32 bytes each');
  }
  return bytes;
}
