/** Errors of a provider on the wire (spec/provider-api.md §6). */
import { Problems } from '@holdfast/serving/http';

const DETAILS = {
  damaged: 'The request is malformed, or the object is not what its name says',
  'not-authorised': 'This is not known here, or not any more',
  'invite-needed': 'New backups need an invite that was not used, or are not taken',
  'store-denied': 'This is not allowed so',
  'object-missing': 'There is no such object',
  'token-used': 'This challenge was used before',
  'too-large': 'The request is too long',
  'format-too-new': 'The object is of a version that this provider does not know',
  'too-many-requests': 'There were too many requests in a short time',
  internal: 'The provider failed',
  busy: 'The provider can not serve now',
  'store-full': 'There is no room left for this',
} as const;

export type ProblemCode = keyof typeof DETAILS;

export const PROBLEMS = new Problems<ProblemCode>({
  details: DETAILS,
  shownAs: {
    contention: 'busy',
    'database-unsafe': 'busy',
    'outcome-unknown': 'busy',
    'store-unreachable': 'busy',
    'disk-full': 'store-full',
  },
});

export const PROBLEM_CODES = Object.keys(DETAILS) as readonly ProblemCode[];
