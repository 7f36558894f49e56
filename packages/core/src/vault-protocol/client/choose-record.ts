/** Which of a person's passwords is tried, and whether that can be now (spec/vault-protocol.md §12.2, step 4). */
import { HoldfastError } from '../../errors/index.ts';
import type { LedgerStatus } from '../messages/index.ts';
import { type AskedVault, evaluableRecords, type KnownRecord, type Survey } from './survey.ts';

export interface RecoverOptions {
  /** From the recovery sheet, or what the person knows: records with a smaller one don't count. */
  readonly minimumT: number;
  /** Of the record to try; the newest that enough vaults can check when missing. */
  readonly version?: number;
}

export interface ChosenRecord {
  readonly record: KnownRecord;
  /** Those that can check its password. */
  readonly vaults: readonly AskedVault[];
}

/**
 * The newest record that enough vaults can check, or the one that was asked for. Spends nothing.
 *
 * @throws {HoldfastError} `password-missing`, `vaults-unreachable`, or `locked-out` when too few of its
 *   vaults take a guess now: with `waitMs` until they do; or, when `guessesLeft` is 0, until they
 *   destroy it.
 */
export function chooseRecord(survey: Survey, { minimumT, version }: RecoverOptions): ChosenRecord {
  const able = evaluableRecords(survey, minimumT);
  const chosen =
    version === undefined ? able[0] : able.find(({ record }) => record.frame.version === version);
  if (chosen === undefined) throw noRecord(survey.vaults, survey.records.length > 0);
  const { t } = chosen.record.body;
  const ready = chosen.vaults.filter(({ status }) => status?.state === 'ready');
  if (ready.length < t) throw notReady(chosen.vaults, t);
  return chosen;
}

function noRecord(vaults: readonly AskedVault[], isKnown: boolean): HoldfastError {
  const silent = vaults.filter(({ status }) => status === null);
  if (silent.length > 0) {
    const names = silent.map(({ client }) => client.link.name).join(', ');
    const cause = silent[0]?.failure;
    const state = silent.every(isRefusal)
      ? `these vaults do not know this account code with this backup (${names})`
      : `too few vaults answer (${names})`;
    return new HoldfastError('vaults-unreachable', `Cannot recover: ${state}`, { cause });
  }
  const isDestroyed = vaults.some(({ status }) =>
    status?.records.some(({ state }) => state === 'destroyed'),
  );
  if (isDestroyed) {
    const state = 'the vaults destroyed its key after too many wrong guesses';
    return new HoldfastError('locked-out', `Cannot recover by this password: ${state}`);
  }
  const state = isKnown
    ? 'too few of these vaults know the password that the store has'
    : 'no password is set for this backup';
  return new HoldfastError('password-missing', `Cannot recover: ${state}`);
}

/** Of vaults that could check the password, too few of which take a guess now. */
function notReady(vaults: readonly AskedVault[], t: number): HoldfastError {
  const waits = vaults.flatMap(({ status }) => {
    const isTaking = status?.state === 'ready' || status?.state === 'delayed';
    return isTaking ? [status.waitMs] : [];
  });
  const isEnding = waits.length < t;
  const ends = vaults.flatMap(({ status }) => status?.waitMs || []);
  const earliest = (times: readonly number[]): readonly number[] => times.toSorted((a, b) => a - b);
  // Until t of them take guesses, or the first of them destroys.
  const waitMs = (isEnding ? earliest(ends)[0] : earliest(waits)[t - 1]) ?? 0;
  const details = { guessesLeft: isEnding ? 0 : fewestGuesses(vaults), waitMs };
  const state = isEnding
    ? 'after too many wrong guesses the vaults take no more'
    : 'after wrong guesses the vaults take the next one only later';
  return new HoldfastError('locked-out', `Cannot try a password: ${state}`, { details });
}

/** What a vault says of whom it does not know; not signed, so only for telling. */
export function isRefusal({ failure }: { readonly failure: unknown }): boolean {
  return failure instanceof HoldfastError && failure.code === 'not-authorised';
}

export function fewestGuesses(vaults: readonly { readonly status: LedgerStatus | null }[]): number {
  return Math.min(...vaults.flatMap(({ status }) => status?.guessesLeft ?? []));
}
