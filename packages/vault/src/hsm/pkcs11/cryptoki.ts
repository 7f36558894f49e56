/** The few numbers of PKCS#11 (OASIS, versions 2.40 and 3.0) that this port needs, by their names there. */

export const CKU = { SO: 0, USER: 1 } as const;

export const CKF = { RW_SESSION: 2, SERIAL_SESSION: 4, OS_LOCKING_OK: 2 } as const;

export const CKO = { DATA: 0, PUBLIC_KEY: 2, PRIVATE_KEY: 3, SECRET_KEY: 4 } as const;

export const CKK = { EC: 3, GENERIC_SECRET: 0x10, AES: 0x1f } as const;

export const CKA = {
  CLASS: 0x0,
  TOKEN: 0x1,
  PRIVATE: 0x2,
  LABEL: 0x3,
  VALUE: 0x11,
  TRUSTED: 0x86,
  KEY_TYPE: 0x100,
  ID: 0x102,
  SENSITIVE: 0x103,
  ENCRYPT: 0x104,
  DECRYPT: 0x105,
  WRAP: 0x106,
  UNWRAP: 0x107,
  SIGN: 0x108,
  VERIFY: 0x10a,
  DERIVE: 0x10c,
  VALUE_LEN: 0x161,
  EXTRACTABLE: 0x162,
  MODIFIABLE: 0x170,
  EC_PARAMS: 0x180,
  EC_POINT: 0x181,
  WRAP_WITH_TRUSTED: 0x210,
  UNWRAP_TEMPLATE: 0x40000212,
} as const;

export const CKM = {
  SHA256_HMAC: 0x251,
  GENERIC_SECRET_KEY_GEN: 0x350,
  EC_KEY_PAIR_GEN: 0x1040,
  ECDH1_DERIVE: 0x1050,
  EC_EDWARDS_KEY_PAIR_GEN: 0x1055,
  EDDSA: 0x1057,
  AES_KEY_GEN: 0x1080,
  AES_ECB: 0x1081,
  AES_KEY_WRAP: 0x2109,
  AES_KEY_WRAP_PAD: 0x210a,
} as const;

/** Of `CKM.ECDH1_DERIVE`: the shared x-coordinate as it is. */
export const CKD_NULL = 1;

export const CKR = {
  SLOT_ID_INVALID: 0x3,
  DEVICE_ERROR: 0x30,
  DEVICE_REMOVED: 0x32,
  KEY_HANDLE_INVALID: 0x60,
  OBJECT_HANDLE_INVALID: 0x82,
  OPERATION_ACTIVE: 0x90,
  PIN_INCORRECT: 0xa0,
  PIN_INVALID: 0xa1,
  PIN_LEN_RANGE: 0xa2,
  PIN_LOCKED: 0xa4,
  SESSION_CLOSED: 0xb0,
  SESSION_HANDLE_INVALID: 0xb3,
  TOKEN_NOT_PRESENT: 0xe0,
  TOKEN_NOT_RECOGNIZED: 0xe1,
  UNWRAPPING_KEY_HANDLE_INVALID: 0xf0,
  USER_ALREADY_LOGGED_IN: 0x100,
  USER_NOT_LOGGED_IN: 0x101,
  WRAPPING_KEY_HANDLE_INVALID: 0x113,
  CRYPTOKI_NOT_INITIALIZED: 0x190,
  CRYPTOKI_ALREADY_INITIALIZED: 0x191,
} as const;

const WRONG_PIN: ReadonlySet<number> = new Set([
  CKR.PIN_INCORRECT,
  CKR.PIN_INVALID,
  CKR.PIN_LEN_RANGE,
  CKR.PIN_LOCKED,
]);

const GONE: ReadonlySet<number> = new Set([
  CKR.SESSION_CLOSED,
  CKR.SESSION_HANDLE_INVALID,
  CKR.CRYPTOKI_NOT_INITIALIZED,
]);

/** What a session says whose token was away, restarted, or logged out by another, or whose call broke off. */
const LOST: ReadonlySet<number> = new Set([
  ...GONE,
  CKR.SLOT_ID_INVALID,
  CKR.DEVICE_ERROR,
  CKR.DEVICE_REMOVED,
  CKR.KEY_HANDLE_INVALID,
  CKR.OBJECT_HANDLE_INVALID,
  CKR.OPERATION_ACTIVE,
  CKR.TOKEN_NOT_PRESENT,
  CKR.TOKEN_NOT_RECOGNIZED,
  CKR.UNWRAPPING_KEY_HANDLE_INVALID,
  CKR.USER_NOT_LOGGED_IN,
  CKR.WRAPPING_KEY_HANDLE_INVALID,
]);

/**
 * Which error of a Cryptoki call this is; null for any other. Of some calls pkcs11js gives it as a number,
 * of others in the message alone: `CKR_ATTRIBUTE_READ_ONLY:16`.
 */
export function cryptokiCode(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  if (error.name === 'Pkcs11Error' && 'code' in error) return Number(error.code);
  const code = /^CKR_[A-Z0-9_]+:(\d+)/.exec(error.message)?.[1];
  return code === undefined ? null : Number(code);
}

/** Whether it helps to open a new session. */
export function isLost(error: unknown): boolean {
  return LOST.has(cryptokiCode(error) ?? -1);
}

/** Whether there is no session any more that could be closed: its handle may be another's by now. */
export function isSessionGone(error: unknown): boolean {
  return GONE.has(cryptokiCode(error) ?? -1);
}

/** Whether the token refuses the PIN: to try it again would lock the token. */
export function isWrongPin(error: unknown): boolean {
  return WRONG_PIN.has(cryptokiCode(error) ?? -1);
}

/** Such as `CKR_DEVICE_ERROR`. */
export function cryptokiName(error: unknown): string {
  return /CKR_[A-Z0-9_]+/.exec(String((error as Error).message))?.[0] ?? 'an unknown error';
}
