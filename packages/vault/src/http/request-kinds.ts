/** The kinds of requests as the edge sees them: their byte, and what token they take (§5, §6.1). */
import { REQUEST_KINDS, type RequestKind } from '@holdfast/core/vault-protocol';
import type { TokenScope } from '../authorisation/index.ts';

interface TokenRule {
  /** Null where no token is looked at. */
  readonly scope: TokenScope | null;
  /** Whether the request can't do without: else the owner's signature stands in. */
  readonly needsToken: boolean;
}

export interface KindRule extends TokenRule {
  /** In the request, after the magic. */
  readonly code: number;
}

/** Offset of the kind in a request. */
export const KIND_OFFSET = 8;

const NO_TOKEN: TokenRule = { scope: null, needsToken: false };
const MAY_ENROL: TokenRule = { scope: 'enrol', needsToken: false };
const MAY_GUESS: TokenRule = { scope: 'guess', needsToken: false };

const TOKEN_RULES: { readonly [Kind in RequestKind]: TokenRule } = {
  hello: NO_TOKEN,
  enrol: MAY_ENROL,
  stage: MAY_ENROL,
  commit: MAY_GUESS,
  retire: NO_TOKEN,
  status: MAY_GUESS,
  record: MAY_GUESS,
  guess: { scope: 'guess', needsToken: true },
  proof: NO_TOKEN,
  remove: NO_TOKEN,
  cancel: NO_TOKEN,
  log: NO_TOKEN,
  witness: NO_TOKEN,
  head: NO_TOKEN,
  rebase: NO_TOKEN,
  rotate: NO_TOKEN,
};

/** By the last part of the path. */
export const KIND_RULES: ReadonlyMap<string, KindRule> = new Map(
  REQUEST_KINDS.map((kind, index) => [kind, { code: index + 1, ...TOKEN_RULES[kind] }]),
);
