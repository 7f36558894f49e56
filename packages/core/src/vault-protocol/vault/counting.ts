/** Guesses and proofs: the only rules that move the counters (spec/vault-protocol.md §6.5, §6.6). */
import { equalBytes } from '../../bytes/index.ts';
import { ATTEMPTS_MAX, PROOF_CLEARS_MS } from '../limits.ts';
import type { Outcome } from '../messages/index.ts';
import {
  type Attempt,
  isEvaluable,
  type Ledger,
  notBeforeMs,
  totalOf,
  type VaultLimits,
  type VaultRecord,
} from './ledger.ts';
import { type Ruling, refuse, rule, withRecord } from './ruling.ts';

export interface Guess {
  readonly recordHash: Uint8Array;
  readonly attemptId: Uint8Array;
  readonly element: Uint8Array;
}

export interface GuessRuling extends Ruling {
  /** The record that evaluates the element, once the ledger is durable; null unless `done`. */
  readonly evaluates: VaultRecord | null;
  /** Whether this is a guess of its own, which consumes a token, and not a repeat. */
  readonly isTaken: boolean;
}

/** @param ledger Settled at `servedMs`. */
export function takeGuess(
  ledger: Ledger,
  guess: Guess,
  limits: VaultLimits,
  servedMs: number,
): GuessRuling {
  const record = evaluableByHash(ledger, guess.recordHash);
  const earlier = ledger.attempts.find(({ id }) => equalBytes(id, guess.attemptId));
  if (earlier !== undefined) {
    const isRepeat =
      record !== undefined &&
      equalBytes(earlier.recordId, record.id) &&
      equalBytes(earlier.element, guess.element);
    if (!isRepeat) return refuseGuess(ledger, 'conflict');
    return { ...rule(ledger), evaluates: record, isTaken: false };
  }
  if (record === undefined) return refuseGuess(ledger, 'not-evaluable');
  if (ledger.suspendedAtMs !== null) return refuseGuess(ledger, 'suspended');
  if (ledger.lifetime >= limits.lifetime) return refuseGuess(ledger, 'locked-out');
  if (totalOf(ledger) >= limits.guesses) return refuseGuess(ledger, 'frozen');
  if (servedMs < notBeforeMs(ledger)) return refuseGuess(ledger, 'delayed');
  const attempt: Attempt = {
    id: guess.attemptId,
    recordId: record.id,
    element: guess.element,
    timeMs: servedMs,
    era: record.era,
    isProved: false,
  };
  const counted = withRecord(ledger, { ...record, row: record.row + 1 });
  const next: Ledger = {
    ...counted,
    lifetime: ledger.lifetime + 1,
    lastGuessMs: servedMs,
    attempts: [...ledger.attempts, attempt].slice(-ATTEMPTS_MAX),
  };
  return {
    ...rule(next, ['guess', record.id, attempt.id]),
    evaluates: record,
    isTaken: true,
  };
}

/** The attempt with its record, if a proof of it can still count. */
export function findAttempt(
  ledger: Ledger,
  attemptId: Uint8Array,
): { readonly attempt: Attempt; readonly record: VaultRecord } | null {
  const attempt = ledger.attempts.find(({ id }) => equalBytes(id, attemptId));
  if (attempt === undefined) return null;
  const record = ledger.records.find(
    (other) => isEvaluable(other) && equalBytes(other.id, attempt.recordId),
  );
  return record === undefined ? null : { attempt, record };
}

/**
 * Of a proof that was found to fit: gives the guess back, and clears its record's row if nobody guessed since.
 *
 * @param ledger Settled at `servedMs`.
 */
export function takeProof(ledger: Ledger, attemptId: Uint8Array, servedMs: number): Ruling {
  const found = findAttempt(ledger, attemptId);
  if (found === null) return refuse(ledger, 'unknown');
  const { attempt, record } = found;
  if (attempt.isProved) return rule(ledger);
  const isOfEra = attempt.era === record.era;
  const newest = ledger.attempts.findLast(({ recordId }) => equalBytes(recordId, record.id));
  const clears = isOfEra && newest === attempt && servedMs - attempt.timeMs < PROOF_CLEARS_MS;
  const cleared = { ...record, row: 0, era: record.era + 1 };
  const returned = isOfEra ? { ...record, row: record.row - 1 } : record;
  const next: Ledger = {
    ...withRecord(ledger, clears ? cleared : returned),
    lifetime: ledger.lifetime - 1,
    ownerChanges: 0,
    attempts: ledger.attempts.map((other) =>
      other === attempt ? { ...attempt, isProved: true } : other,
    ),
  };
  return rule(next, ['proof', record.id, attempt.id]);
}

function refuseGuess(ledger: Ledger, outcome: Outcome): GuessRuling {
  return { ...refuse(ledger, outcome), evaluates: null, isTaken: false };
}

export function evaluableByHash(ledger: Ledger, hash: Uint8Array): VaultRecord | undefined {
  return ledger.records.find((record) => isEvaluable(record) && equalBytes(record.hash, hash));
}
