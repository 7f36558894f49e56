/** Which head is a ledger's newest (spec/vault-protocol.md §8.1, §8.2). */
import { equalBytes } from '../../bytes/index.ts';
import { ID_BYTES } from '../limits.ts';
import type { LogEventKind, WitnessedHead } from '../messages/index.ts';
import type { Ledger } from './ledger.ts';
import { isCommitted } from './record-states.ts';
import { type Ruling, refuse, rule } from './ruling.ts';

/** A head of the ledger's chain, or of another that its owner signed. */
export interface ChainedHead extends WitnessedHead {
  /** SHA-256 of the head before; zeros for the first. */
  readonly previousHash: Uint8Array;
}

/**
 * The newest moves along links: to the last of heads that begin at it, or follow it.
 *
 * @param heads At least one; each names the one before it, and has a greater number.
 */
export function takeHeads(ledger: Ledger, heads: readonly ChainedHead[]): Ruling {
  const { head: newest } = ledger;
  const [first] = heads as readonly [ChainedHead];
  const last = heads.at(-1) ?? first;
  const follows =
    newest === null ||
    heads.some((head) => isSame(head, newest)) ||
    (equalBytes(first.previousHash, newest.hash) && first.number > newest.number);
  if (!follows) return refuse(ledger, 'conflict');
  return rule(newest !== null && isSame(last, newest) ? ledger : withHead(ledger, last));
}

/** The newest is exchanged for one that does not follow it, and put aside. */
export function rebaseHead(ledger: Ledger, displacedHash: Uint8Array, head: WitnessedHead): Ruling {
  const { head: newest } = ledger;
  if (newest !== null && isSame(head, newest)) return rule(ledger);
  if (newest === null || !equalBytes(displacedHash, newest.hash)) return refuse(ledger, 'conflict');
  const rebased = { ...withHead(ledger, head), displacedHead: newest };
  return rule(rebased, headEvent('rebased', newest.hash));
}

/** An entry of the log about a head: its hash stands in the places of record and attempt. */
export function headEvent(
  what: 'rebased' | 'rotated',
  hash: Uint8Array,
): readonly [LogEventKind, Uint8Array, Uint8Array] {
  return [what, hash.slice(0, ID_BYTES), hash.slice(ID_BYTES)];
}

/** Hashes of what the vault keeps beside a ledger: records that certificates named, and heads. */
export function keptHashes({ records, head, displacedHead }: Ledger): readonly Uint8Array[] {
  const kept = [...records.filter(isCommitted), head, displacedHead];
  return kept.flatMap((one) => (one === null ? [] : [one.hash]));
}

function withHead(ledger: Ledger, { number, hash }: WitnessedHead): Ledger {
  return { ...ledger, head: { number, hash } };
}

function isSame(a: WitnessedHead, b: WitnessedHead): boolean {
  return a.number === b.number && equalBytes(a.hash, b.hash);
}
