/** What every object of the token is made as (spec/vault-protocol.md §11). */
import type { Attribute } from 'pkcs11js';
import { CKA, CKK, CKO } from './cryptoki.ts';

type Template = Attribute[];

/** Object identifier of P-256, DER. */
export const P256 = Buffer.from('06082a8648ce3d030107', 'hex');
/** Name of Ed25519 as PKCS#11 3.0 §6.3.1 wants it: a PrintableString. */
const ED25519 = Buffer.from('130c656477617264733235353139', 'hex');

export const LABELS = {
  wrappingKey: 'holdfast wrapping key',
  stateKey: 'holdfast state key',
  identity: 'holdfast identity',
} as const;

/** Finds all objects of that name and class. */
export function named(objectClass: number, label: string): Template {
  return [
    { type: CKA.CLASS, value: objectClass },
    { type: CKA.LABEL, value: label },
  ];
}

/**
 * An OPRF key in its session: used to derive only, and leaves the token only under a trusted key.
 *
 * Extractable, or it could not be wrapped.
 */
export const OPRF_KEY: Template = [
  { type: CKA.CLASS, value: CKO.PRIVATE_KEY },
  { type: CKA.KEY_TYPE, value: CKK.EC },
  { type: CKA.TOKEN, value: false },
  { type: CKA.PRIVATE, value: true },
  { type: CKA.SENSITIVE, value: true },
  { type: CKA.EXTRACTABLE, value: true },
  { type: CKA.WRAP_WITH_TRUSTED, value: true },
  { type: CKA.DERIVE, value: true },
  { type: CKA.SIGN, value: false },
  { type: CKA.DECRYPT, value: false },
  { type: CKA.UNWRAP, value: false },
];

export const OPRF_PUBLIC_KEY: Template = [
  { type: CKA.CLASS, value: CKO.PUBLIC_KEY },
  { type: CKA.KEY_TYPE, value: CKK.EC },
  { type: CKA.TOKEN, value: false },
  { type: CKA.PRIVATE, value: false },
  { type: CKA.EC_PARAMS, value: P256 },
];

/** What an ECDH gives: the one secret that is read. */
export const DERIVED: Template = [
  { type: CKA.CLASS, value: CKO.SECRET_KEY },
  { type: CKA.KEY_TYPE, value: CKK.GENERIC_SECRET },
  { type: CKA.TOKEN, value: false },
  { type: CKA.SENSITIVE, value: false },
  { type: CKA.EXTRACTABLE, value: true },
  { type: CKA.VALUE_LEN, value: 32 },
];

/**
 * A wrapping key, which the security officer makes: only they can make one that is trusted, and only
 * objects that are not private. To use it takes the user's PIN all the same, for all it unwraps is private.
 *
 * @param unwrapTemplate The nested template of all that it unwraps.
 */
export function wrappingKeyTemplate(number: number, unwrapTemplate: Buffer): Template {
  return [
    ...named(CKO.SECRET_KEY, LABELS.wrappingKey),
    { type: CKA.ID, value: numberBytes(number) },
    { type: CKA.KEY_TYPE, value: CKK.AES },
    { type: CKA.VALUE_LEN, value: 32 },
    { type: CKA.TOKEN, value: true },
    { type: CKA.PRIVATE, value: false },
    { type: CKA.MODIFIABLE, value: false },
    { type: CKA.SENSITIVE, value: true },
    { type: CKA.EXTRACTABLE, value: false },
    { type: CKA.TRUSTED, value: true },
    { type: CKA.WRAP, value: true },
    { type: CKA.UNWRAP, value: true },
    { type: CKA.UNWRAP_TEMPLATE, value: unwrapTemplate },
    { type: CKA.ENCRYPT, value: false },
    { type: CKA.DECRYPT, value: false },
    { type: CKA.SIGN, value: false },
    { type: CKA.VERIFY, value: false },
    { type: CKA.DERIVE, value: false },
  ];
}

/** The long-lived key of all sealed states: a key of HMAC-SHA256. */
export const STATE_KEY: Template = [
  ...named(CKO.SECRET_KEY, LABELS.stateKey),
  { type: CKA.KEY_TYPE, value: CKK.GENERIC_SECRET },
  { type: CKA.VALUE_LEN, value: 32 },
  { type: CKA.TOKEN, value: true },
  { type: CKA.PRIVATE, value: true },
  { type: CKA.MODIFIABLE, value: false },
  { type: CKA.SENSITIVE, value: true },
  { type: CKA.EXTRACTABLE, value: false },
  { type: CKA.SIGN, value: true },
  { type: CKA.VERIFY, value: false },
  { type: CKA.ENCRYPT, value: false },
  { type: CKA.DECRYPT, value: false },
  { type: CKA.WRAP, value: false },
  { type: CKA.UNWRAP, value: false },
  { type: CKA.DERIVE, value: false },
];

export const IDENTITY_PUBLIC_KEY: Template = [
  ...named(CKO.PUBLIC_KEY, LABELS.identity),
  { type: CKA.TOKEN, value: true },
  { type: CKA.PRIVATE, value: false },
  { type: CKA.VERIFY, value: true },
  { type: CKA.EC_PARAMS, value: ED25519 },
];

export const IDENTITY_KEY: Template = [
  ...named(CKO.PRIVATE_KEY, LABELS.identity),
  { type: CKA.TOKEN, value: true },
  { type: CKA.PRIVATE, value: true },
  { type: CKA.MODIFIABLE, value: false },
  { type: CKA.SENSITIVE, value: true },
  { type: CKA.EXTRACTABLE, value: false },
  { type: CKA.SIGN, value: true },
  { type: CKA.DECRYPT, value: false },
  { type: CKA.UNWRAP, value: false },
  { type: CKA.DERIVE, value: false },
];

/** Bytes that are no key: the identity's public key, and the number of the key that wraps. */
export function dataTemplate(label: string, value: Uint8Array): Template {
  return [
    ...named(CKO.DATA, label),
    { type: CKA.TOKEN, value: true },
    { type: CKA.PRIVATE, value: true },
    { type: CKA.MODIFIABLE, value: true },
    { type: CKA.VALUE, value: Buffer.from(value) },
  ];
}

/** A wrapping key's number as its object's id: u32, big-endian. */
function numberBytes(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}
