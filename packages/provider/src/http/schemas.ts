/** What is taken and answered as JSON (spec/provider-api.md §6): requests are checked with these, and the OpenAPI document is made from them. */
import { CHALLENGE_BYTES } from '@holdfast/core/provider-api';
import * as v from 'valibot';
import { SCOPES } from '../metadata/index.ts';

function hex(bytes: number) {
  const digits = bytes * 2;
  return v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
}

const ID_BYTES = 16;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));

const signedChallenge = {
  key: hex(KEY_BYTES),
  challenge: hex(CHALLENGE_BYTES),
  signature: hex(SIGNATURE_BYTES),
};

export const SIGN_IN = v.strictObject(signedChallenge);

export const ENTRY = v.strictObject({
  ...signedChallenge,
  ownerKey: hex(KEY_BYTES),
  headKey: hex(KEY_BYTES),
  ownerSignature: hex(SIGNATURE_BYTES),
  create: v.boolean(),
  invite: v.optional(hex(ID_BYTES)),
});

export const RECOVERY = v.strictObject({ secret: hex(KEY_BYTES) });

export const SUBJECT = hex(KEY_BYTES);

export const PROVIDER = v.strictObject({
  url: v.string(),
  signUp: v.picklist(['open', 'invite', 'closed']),
  quotaBytes: wholeNumber,
});

export const CHALLENGE = v.strictObject({
  challenge: hex(CHALLENGE_BYTES),
  expiresAtMs: wholeNumber,
});

export const TOKEN = v.strictObject({
  token: hex(KEY_BYTES),
  scope: v.picklist(SCOPES),
  expiresAtMs: wholeNumber,
});

export const ACCOUNT = v.strictObject({
  account: hex(ID_BYTES),
  backupId: hex(KEY_BYTES),
  generation: wholeNumber,
  usedBytes: wholeNumber,
  quotaBytes: wholeNumber,
  objects: wholeNumber,
  createdAtMs: wholeNumber,
});

export const PUT_OUTCOME = v.strictObject({ outcome: v.picklist(['stored', 'exists']) });

export const DELETE_OUTCOME = v.strictObject({
  outcome: v.picklist(['deleted', 'absent']),
  keptUntilMs: v.optional(wholeNumber),
});

export const OBJECT_LIST = v.strictObject({
  objects: v.array(
    v.strictObject({ name: v.string(), lengthBytes: wholeNumber, writtenAtMs: wholeNumber }),
  ),
  next: v.nullable(v.string()),
});

export const PROBLEM = v.object({
  type: v.string(),
  title: v.string(),
  status: wholeNumber,
  code: v.optional(v.string()),
  detail: v.optional(v.string()),
});
