export { assertObjectMagic, MAGIC_BYTES, objectMagic } from './object-magic.ts';
export {
  BOX_OVERHEAD_BYTES,
  counterNonce,
  deriveSealKeys,
  label,
  openBox,
  type SealKeys,
  sealBox,
} from './seal.ts';
export {
  COMMITMENT_BYTES,
  ED25519_KEY_BYTES,
  FORMAT_VERSION,
  HASH_BYTES,
  KEY_BYTES,
  SALT_BYTES,
  SIGNATURE_BYTES,
} from './sizes.ts';
