/**
 * The crypto port on WebCrypto, for browsers; also runs on Node.
 *
 * Ed25519 comes from noble, because browsers older than 2025 lack it, Argon2id from hash-wasm,
 * because all of them do. Decompression is fzstd's;
 * nothing is compressed here, which the format allows (spec/backup-format.md §4.3).
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { Decompress } from 'fzstd';
import { argon2id } from 'hash-wasm';
import { concatBytes, equalBytes } from '../bytes/index.ts';
import { type CryptoPort, TAG_BYTES } from './crypto-port.ts';
import { plainFrameBytes } from './zstd-frame.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export const webCrypto: CryptoPort = {
  randomBytes: (lengthBytes) => crypto.getRandomValues(new Uint8Array(lengthBytes)),

  sha256: async (data) => new Uint8Array(await crypto.subtle.digest('SHA-256', data as Bytes)),

  async hmacSha256(key, data) {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const imported = await crypto.subtle.importKey('raw', key as Bytes, algorithm, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data as Bytes));
  },

  async hkdfSha256(inputKey, salt, info, lengthBytes) {
    const imported = await crypto.subtle.importKey('raw', inputKey as Bytes, 'HKDF', false, [
      'deriveBits',
    ]);
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: salt as Bytes, info: info as Bytes };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, imported, lengthBytes * 8));
  },

  async sealInPlace(key, nonce, associatedData, room) {
    const parameters = gcmParameters(nonce, associatedData);
    const plain = room.slice(0, room.length - TAG_BYTES);
    const imported = await crypto.subtle.importKey('raw', key as Bytes, 'AES-GCM', false, [
      'encrypt',
    ]);
    room.set(new Uint8Array(await crypto.subtle.encrypt(parameters, imported, plain)));
  },

  async open(key, nonce, associatedData, sealed) {
    if (sealed.length < TAG_BYTES) return null;
    const parameters = gcmParameters(nonce, associatedData);
    const imported = await crypto.subtle.importKey('raw', key as Bytes, 'AES-GCM', false, [
      'decrypt',
    ]);
    try {
      return new Uint8Array(await crypto.subtle.decrypt(parameters, imported, sealed.slice()));
    } catch {
      return null;
    }
  },

  argon2id: async (password, salt, { memoryKib, passes, lanes }) =>
    await argon2id({
      password,
      salt,
      iterations: passes,
      memorySize: memoryKib,
      parallelism: lanes,
      hashLength: 32,
      outputType: 'binary',
    }),

  ed25519PublicKey: (seed) => ed25519.getPublicKey(seed),

  ed25519Sign: (seed, message) => ed25519.sign(message, seed),

  async ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    // Multiplied by the cofactor, the equation holds for more than spec/backup-format.md §2.5 takes.
    if (!ed25519.verify(signature, message, publicKey, { zip215: false })) return false;
    const { Point } = ed25519;
    const r = signature.subarray(0, 32);
    const hash = await crypto.subtle.digest('SHA-512', concatBytes(r, publicKey, message) as Bytes);
    const k = Point.Fn.create(bytesToNumberLE(new Uint8Array(hash)));
    const s = bytesToNumberLE(signature.subarray(32));
    const expected = Point.BASE.multiplyUnsafe(s).subtract(
      Point.fromBytes(publicKey).multiplyUnsafe(k),
    );
    return !expected.isSmallOrder() && equalBytes(expected.toBytes(), r);
  },

  zstdCompress: (data) => data,

  zstdDecompress(data, plainBytes) {
    if (plainFrameBytes(data, plainBytes) !== data.length) return null;
    const plain = new Uint8Array(plainBytes);
    let at = 0;
    const decompressor = new Decompress((piece) => {
      if (at + piece.length > plainBytes) throw new RangeError('"data" is longer than it says');
      plain.set(piece, at);
      at += piece.length;
    });
    try {
      decompressor.push(data, true);
    } catch {
      return null;
    }
    return at === plainBytes ? plain : null;
  },
};

function gcmParameters(nonce: Uint8Array, associatedData: Uint8Array) {
  return { name: 'AES-GCM', iv: nonce as Bytes, additionalData: associatedData as Bytes };
}
