/** Which of a person's passwords is tried, and whether that can be now (spec/vault-protocol.md §12.2, step 4). */
import { HoldfastError } from '../../errors/index.ts';
import { evaluableIn, type LedgerStatus } from '../messages/index.ts';
import type { KnownRecord } from './find-records.ts';
import { type AskedVault, evaluableRecords, type Survey, undeliveredTo } from './survey.ts';

export interface RecoverOptions {
  /** From the recovery sheet, or what the person knows: records with a smaller one don't count. */
  readonly minimumT: number;
  /** Of the record to try; the newest that enough vaults can check when missing. */
  readonly version?: number | undefined;
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
  const chosen = findChosen(survey, { minimumT, version });
  if (chosen === null) throw noRecord(survey);
  if (!isReady(chosen)) throw notReady(chosen.vaults, chosen.record.body.t);
  return chosen;
}

/** Whether the vaults that answered suffice for the record, and none of them is yet to learn of a newer one. */
export function isEnough(options: RecoverOptions): (survey: Survey) => boolean {
  return (survey) => {
    const chosen = findChosen(survey, options);
    if (chosen === null || !isReady(chosen)) return false;
    const { version } = chosen.record.frame;
    const newer = survey.records.filter(({ frame }) => frame.version > version);
    return survey.vaults.every((vault) => undeliveredTo(vault, newer).length === 0);
  };
}

function findChosen(survey: Survey, { minimumT, version }: RecoverOptions): ChosenRecord | null {
  const able = evaluableRecords(survey, minimumT);
  const isChosen = ({ record }: ChosenRecord): boolean =>
    version === undefined || record.frame.version === version;
  return able.find(isChosen) ?? null;
}

function isReady({ record, vaults }: ChosenRecord): boolean {
  return vaults.filter(({ status }) => status?.state === 'ready').length >= record.body.t;
}

function noRecord(survey: Survey): HoldfastError {
  const { vaults } = survey;
  const silent = vaults.filter(({ status }) => status === null);
  if (silent.length > 0) {
    const cause = silent[0]?.failure;
    const state = silent.every(isRefusal)
      ? `these vaults do not know this account code with this backup (${namesOf(silent)})`
      : `too few vaults answer (${namesOf(silent)})`;
    return new HoldfastError('vaults-unreachable', `Cannot recover: ${state}`, { cause });
  }
  const lacking = vaults.filter(({ undelivered }) => undelivered !== null);
  if (lacking.length > 0) {
    const cause = lacking[0]?.undelivered;
    const state = `what vaults lack of the password could not be brought to them (${namesOf(lacking)})`;
    return new HoldfastError('vaults-unreachable', `Cannot recover: ${state}`, { cause });
  }
  const listed = vaults.flatMap(({ status }) => status?.records ?? []);
  if (listed.some(({ state }) => state === 'destroyed')) {
    const state = 'the vaults destroyed its key after too many wrong guesses';
    return new HoldfastError('locked-out', `Cannot recover by this password: ${state}`);
  }
  const has = ({ status }: AskedVault): boolean =>
    status !== null && evaluableIn(status).length > 0;
  const message = `Cannot recover: ${noPassword(survey, vaults.filter(has))}`;
  return new HoldfastError('password-missing', message);
}

function noPassword(survey: Survey, having: readonly AskedVault[]): string {
  if (having.length === 0) return 'these vaults have no password of this backup';
  if (evaluableRecords(survey, 1).length > 0) {
    return 'the password at these vaults is not that of the sheet, since fewer of them suffice for it';
  }
  const lacking = survey.vaults.filter((vault) => !having.includes(vault));
  const others = lacking.length === 0 ? '' : `: missing at ${namesOf(lacking)}`;
  return `too few of these vaults have the same password${others}`;
}

function namesOf(vaults: readonly AskedVault[]): string {
  return vaults.map(({ client }) => client.link.name).join(', ');
}

/** Of vaults that could check the password, too few of which take a guess now. */
function notReady(vaults: readonly AskedVault[], t: number): HoldfastError {
  const waits = vaults.flatMap(({ status }) => {
    const isTaking = status?.state === 'ready' || status?.state === 'delayed';
    return isTaking ? [status.waitMs] : [];
  });
  const suspended = vaults.filter(({ status }) => status?.state === 'suspended');
  if (waits.length < t && waits.length + suspended.length >= t) {
    const state = `whoever runs these vaults has suspended it: ${namesOf(suspended)}`;
    return new HoldfastError('locked-out', `Cannot try a password: ${state}`);
  }
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
