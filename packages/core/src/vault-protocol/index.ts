export {
  openAnswer,
  SERVING_CERTIFICATE_BYTES,
  type ServingKey,
  servingKeyMessage,
  signAnswer,
  type VaultAnswer,
} from './answer.ts';
export {
  ARGON2ID_LIMITS,
  ELEMENT_BYTES,
  ID_BYTES,
  NONCE_BYTES,
  PASSWORD_MAX_BYTES,
  PASSWORD_SALT_BYTES,
  SERVING_KEY_MAX_MS,
  SHARE_BYTES,
  VAULTS_MAX,
} from './limits.ts';
export { assertElement, type Blinded, blindInput, finalizeOutput } from './oprf.ts';
export {
  type Argon2idParameters,
  decodePasswordBody,
  deriveProofSeed,
  encodePasswordBody,
  openPasswordBody,
  type PasswordMethod,
  type PasswordRecordBody,
  type RecordFrame,
  type RecordVault,
} from './password-record.ts';
export {
  decodeRequest,
  encodeRequest,
  isSignedBy,
  REQUEST_KINDS,
  REQUEST_MAX_BYTES,
  type RequestKind,
  signRequest,
  type VaultRequest,
} from './request.ts';
export { joinShares, maskShare, type Share, splitSecret } from './shares.ts';
