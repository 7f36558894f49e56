/**
 * The crypto port on Node: synchronous, native code only.
 *
 * The single file of this package that may import `node:` modules. Answers are plain arrays, never
 * Buffers, whose `slice()` gives views instead of copies.
 */
import {
  argon2Sync,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { releaseBytes } from '../bytes/index.ts';
import { type CryptoPort, TAG_BYTES } from './crypto-port.ts';
import { plainFrameBytes } from './zstd-frame.ts';

/** On message databases level 3 saves another twentieth, at half the speed of level 1. */
const ZSTD_LEVELS = { fast: 1, thorough: 3 } as const;

const ED25519 = { asymmetricKeyType: 'ed25519' } as const;

/** A port whose every answer is there at once. */
type Synchronous<Port> = {
  [Name in keyof Port]: Port[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Awaited<Result>
    : never;
};

export const nodeCrypto: Synchronous<CryptoPort> = {
  randomBytes: (lengthBytes) => new Uint8Array(randomBytes(lengthBytes)),

  sha256: (data) => bytesOf(hash('sha256', data, 'binary')),

  hmacSha256: (key, data) => bytesOf(createHmac('sha256', key).update(data).digest('binary')),

  hkdfSha256: (inputKey, salt, info, lengthBytes) =>
    new Uint8Array(hkdfSync('sha256', inputKey, salt, info, lengthBytes)),

  sealInPlace(key, nonce, associatedData, room) {
    const plainBytes = room.length - TAG_BYTES;
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(associatedData);
    const sealed = cipher.update(room.subarray(0, plainBytes));
    room.set(sealed);
    releaseBytes(sealed);
    cipher.final();
    room.set(cipher.getAuthTag(), plainBytes);
  },

  open(key, nonce, associatedData, sealed) {
    if (sealed.length < TAG_BYTES) return null;
    const plainBytes = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData);
    decipher.setAuthTag(sealed.subarray(plainBytes));
    const plain = decipher.update(sealed.subarray(0, plainBytes));
    try {
      decipher.final();
    } catch {
      plain.fill(0);
      return null;
    }
    return plainView(plain);
  },

  ed25519PublicKey(seed) {
    return new Uint8Array(createPublicKey(privateKey(seed)).export({ format: 'raw-public' }));
  },

  ed25519Sign: (seed, message) => new Uint8Array(sign(null, message, privateKey(seed))),

  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const key = createPublicKey({ key: publicKey, format: 'raw-public', ...ED25519 });
    return verify(null, message, key, signature);
  },

  argon2id(message, nonce, { memoryKib, passes, lanes }) {
    const cost = { memory: memoryKib, passes, parallelism: lanes, tagLength: 32 };
    return new Uint8Array(argon2Sync('argon2id', { message, nonce, ...cost }));
  },

  zstdCompress(data, effort) {
    const frame = zstdCompressSync(data, {
      params: {
        [constants.ZSTD_c_compressionLevel]: ZSTD_LEVELS[effort],
        [constants.ZSTD_c_checksumFlag]: 0,
      },
      pledgedSrcSize: data.length,
      // Memory for the result, taken at once: most results fit, others take another of the same.
      chunkSize: Math.max(Math.ceil((data.length * 5) / 8), 1024),
    });
    // A result that just fills that memory gets an empty frame after it, which no reader takes.
    const frameBytes = plainFrameBytes(frame, data.length);
    return frameBytes === null ? data : plainView(frame.subarray(0, frameBytes));
  },

  zstdDecompress(data, plainBytes) {
    if (plainFrameBytes(data, plainBytes) !== data.length) return null;
    try {
      const options = { maxOutputLength: plainBytes, chunkSize: plainBytes + 64 };
      const plain = zstdDecompressSync(data, options);
      return plain.length === plainBytes ? plainView(plain) : null;
    } catch {
      return null;
    }
  },
};

/** A digest that came as text, which costs half of what a small Buffer does: there is one for every page. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function plainView(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function privateKey(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new RangeError(`"seed" must be 32 bytes: got ${seed.length}`);
  return createPrivateKey({ key: seed, format: 'raw-private', ...ED25519 });
}
