/** Errors of a vault on the wire (spec/vault-protocol.md §10). */
import { Problems } from '@holdfast/serving/http';

const DETAILS = {
  'not-authorised': 'The token or the signature is not good for this',
  'token-used': 'This token was used before',
  damaged: 'The request is malformed',
  'too-large': 'The request is too long',
  'too-many-requests': 'There were too many requests in a short time',
  busy: 'The vault can not serve now',
  internal: 'The vault failed',
} as const;

export type ProblemCode = keyof typeof DETAILS;

export const PROBLEMS = new Problems<ProblemCode>({
  details: DETAILS,
  shownAs: {
    'format-too-new': 'damaged',
    'limit-exceeded': 'too-large',
    contention: 'busy',
    'database-unsafe': 'busy',
    'hsm-unusable': 'busy',
    'outcome-unknown': 'busy',
    'store-denied': 'busy',
    'store-unreachable': 'busy',
    'disk-full': 'busy',
  },
});
