/**
 * What a vault keeps of one backup, and how it stands (spec/vault-protocol.md §4).
 *
 * Values, never changed in place: each rule makes a new ledger of an old one.
 */
import {
  FROZEN_MS,
  GUESS_DELAYS_MS,
  GUESS_LIMIT,
  LIFETIME_LIMIT,
  REPLACEMENT_DELAY_MS,
} from '../limits.ts';
import {
  EMPTY_LOG,
  type LedgerState,
  type LedgerStatus,
  type LogEnd,
  type RecordState,
  type RecordStatus,
  type WitnessedHead,
} from '../messages/index.ts';

/** Times are served time, in milliseconds (§4.3). */
export interface Ledger {
  readonly backupId: Uint8Array;
  /** How often the owner's root key was changed. */
  readonly generation: number;
  readonly ownerPublicKey: Uint8Array;
  readonly headPublicKey: Uint8Array;
  /** Guesses ever that were not proved. */
  readonly lifetime: number;
  readonly lastGuessMs: number;
  readonly log: LogEnd;
  /** The newest that was shown, and what the last re-base put aside for it; null for none. */
  readonly head: WitnessedHead | null;
  readonly displacedHead: WitnessedHead | null;
  /** Eldest first. */
  readonly attempts: readonly Attempt[];
  readonly records: readonly VaultRecord[];
  /** How many entries of the log the owner key alone caused, and since when that is counted. */
  readonly ownerChanges: number;
  readonly ownerChangesSinceMs: number;
  /** Since when the vault's operator lets no guess be taken; null: they may be. */
  readonly suspendedAtMs: number | null;
}

export interface VaultRecord {
  readonly id: Uint8Array;
  readonly state: RecordState;
  readonly version: number;
  readonly account: Uint8Array;
  /** SHA-256 of the record; zeros while it is staged. */
  readonly hash: Uint8Array;
  /** Zeros while it is staged. */
  readonly proofPublicKey: Uint8Array;
  /** The OPRF key, as the HSM wraps it; empty when it is destroyed. */
  readonly wrappedKey: Uint8Array;
  readonly stageId: Uint8Array;
  /** The one that it evaluates while it is staged. */
  readonly element: Uint8Array;
  /** Guesses that were not proved. */
  readonly row: number;
  /** How often the row was cleared. */
  readonly era: number;
  /** When a pending record becomes live, or an evaluable one is removed; null for never. */
  readonly dueMs: number | null;
  /** A number of the log: removals and cancels by who saw less of it are repeats of old ones. */
  readonly changedAt: number;
}

export interface Attempt {
  readonly id: Uint8Array;
  readonly recordId: Uint8Array;
  readonly element: Uint8Array;
  readonly timeMs: number;
  /** Of its record, when it was made. */
  readonly era: number;
  readonly isProved: boolean;
}

/** A vault may be stricter than the protocol, never laxer. */
export interface VaultLimits {
  readonly guesses: number;
  readonly lifetime: number;
  readonly replacementDelayMs: number;
}

export const DEFAULT_LIMITS: VaultLimits = {
  guesses: GUESS_LIMIT,
  lifetime: LIFETIME_LIMIT,
  replacementDelayMs: REPLACEMENT_DELAY_MS,
};

/** @throws {RangeError} when limits are none, or laxer than the protocol's. */
export function assertLimits({ guesses, lifetime, replacementDelayMs }: VaultLimits): void {
  const isWithin = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;
  if (!isWithin(guesses, 1, GUESS_LIMIT)) {
    throw new RangeError(`"guesses" must be 1 to ${GUESS_LIMIT}: got ${guesses}`);
  }
  if (!isWithin(lifetime, guesses, LIFETIME_LIMIT)) {
    throw new RangeError(`"lifetime" must be ${guesses} to ${LIFETIME_LIMIT}: got ${lifetime}`);
  }
  if (!isWithin(replacementDelayMs, REPLACEMENT_DELAY_MS, 365 * 24 * 3600 * 1000)) {
    const hours = REPLACEMENT_DELAY_MS / 3600 / 1000;
    throw new RangeError(`"replacementDelayMs" must be ${hours} hours or more`);
  }
}

export function newLedger(
  keys: Pick<Ledger, 'backupId' | 'ownerPublicKey' | 'headPublicKey'>,
): Ledger {
  return {
    ...keys,
    generation: 0,
    lifetime: 0,
    lastGuessMs: 0,
    log: EMPTY_LOG,
    head: null,
    displacedHead: null,
    attempts: [],
    records: [],
    ownerChanges: 0,
    ownerChangesSinceMs: 0,
    suspendedAtMs: null,
  };
}

export function isEvaluable({ state }: { readonly state: RecordState }): boolean {
  return state === 'live' || state === 'old';
}

/** Guesses that count towards the limit. */
export function totalOf({ records }: Ledger): number {
  let total = 0;
  for (const record of records) if (isEvaluable(record)) total += record.row;
  return total;
}

/** Whether the keys of all evaluable records wait for their destruction. */
export function isAtLimit(ledger: Ledger, limits: VaultLimits): boolean {
  return totalOf(ledger) >= limits.guesses || ledger.lifetime >= limits.lifetime;
}

/** When the next guess may be taken, if the ledger is not at a limit; 0: at any time. */
export function notBeforeMs(ledger: Ledger): number {
  const delayMs = GUESS_DELAYS_MS[totalOf(ledger)] ?? 0;
  // A crash sets served time back by up to a minute, and the last guess may then lie ahead.
  return delayMs === 0 ? 0 : ledger.lastGuessMs + delayMs;
}

/** When keys are destroyed, if the ledger is at a limit. */
export function destroyedAtMs(ledger: Ledger): number {
  return ledger.lastGuessMs + FROZEN_MS;
}

/** The time of a ledger: it stands still while that is suspended. @param servedMs The vault's. */
export function timeOf({ suspendedAtMs }: Ledger, servedMs: number): number {
  return suspendedAtMs === null ? servedMs : Math.min(suspendedAtMs, servedMs);
}

/** @param ledger Settled at this time. Null: one with nothing in it. */
export function statusOf(
  ledger: Ledger | null,
  limits: VaultLimits,
  vaultMs: number,
): LedgerStatus {
  if (ledger === null) {
    const left = { guessesLeft: limits.guesses, lifetimeLeft: limits.lifetime };
    return { state: 'none', ...left, waitMs: 0, log: EMPTY_LOG, head: null, records: [] };
  }
  const servedMs = timeOf(ledger, vaultMs);
  const state = stateOf(ledger, limits, servedMs);
  const noWait = { none: servedMs, ready: servedMs, suspended: servedMs };
  const until = { ...noWait, delayed: notBeforeMs(ledger) };
  const endMs = state === 'frozen' || state === 'locked-out' ? destroyedAtMs(ledger) : until[state];
  return {
    state,
    guessesLeft: Math.max(0, limits.guesses - totalOf(ledger)),
    lifetimeLeft: Math.max(0, limits.lifetime - ledger.lifetime),
    waitMs: Math.max(0, endMs - servedMs),
    log: ledger.log,
    head: ledger.head,
    records: ledger.records.map((record) => recordStatus(record, servedMs)),
  };
}

function stateOf(ledger: Ledger, limits: VaultLimits, servedMs: number): LedgerState {
  if (!ledger.records.some(isEvaluable)) return 'none';
  if (ledger.suspendedAtMs !== null) return 'suspended';
  if (ledger.lifetime >= limits.lifetime) return 'locked-out';
  if (totalOf(ledger) >= limits.guesses) return 'frozen';
  return servedMs < notBeforeMs(ledger) ? 'delayed' : 'ready';
}

function recordStatus(record: VaultRecord, servedMs: number): RecordStatus {
  const { id, hash, version, state, row, dueMs } = record;
  const dueInMs = dueMs === null ? 0 : Math.max(1, dueMs - servedMs);
  return { id, hash, version, state, row, dueInMs };
}
