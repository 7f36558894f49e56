/**
 * Ed25519, of which a vault makes and checks a few for each recovery: they are the greater part of its
 * work. By libsodium where the package `sodium-native` could be loaded, at half the cost of OpenSSL's,
 * which Node has; both take exactly the signatures of spec/backup-format.md §2.5.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { nodeCrypto } from '@holdfast/core/crypto/node';

/** A key that signs, and stays in this process's memory. */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns 64 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export interface Signatures {
  /** By whom it is done. */
  readonly library: 'libsodium' | 'OpenSSL';
  /** @param publicKey 32 bytes; with others, or a signature that is not 64 bytes, false. */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  readonly makeSigner: () => Signer;
}

const KEY_BYTES = 32;
const SECRET_KEY_BYTES = 64;
const SIGNATURE_BYTES = 64;

export const openSslSignatures: Signatures = {
  library: 'OpenSSL',
  verify: nodeCrypto.ed25519Verify,
  makeSigner() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    return {
      publicKey: publicKey.export({ format: 'raw-public' }),
      sign: (message) => sign(null, message, privateKey),
    };
  },
};

/** Null where the package is not installed, or has nothing for this machine. */
export const sodiumSignatures: Signatures | null = await loadSodium();

export const signatures: Signatures = sodiumSignatures ?? openSslSignatures;

async function loadSodium(): Promise<Signatures | null> {
  const loaded = await import('sodium-native').catch(() => null);
  if (loaded === null) return null;
  const sodium = loaded.default;
  return {
    library: 'libsodium',
    verify(publicKey, message, signature) {
      if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
      return sodium.crypto_sign_verify_detached(signature, message, publicKey);
    },
    makeSigner() {
      const publicKey = new Uint8Array(KEY_BYTES);
      const secretKey = new Uint8Array(SECRET_KEY_BYTES);
      sodium.crypto_sign_keypair(publicKey, secretKey);
      return {
        publicKey,
        sign(message) {
          const signature = new Uint8Array(SIGNATURE_BYTES);
          sodium.crypto_sign_detached(signature, message, secretKey);
          return signature;
        },
      };
    },
  };
}
