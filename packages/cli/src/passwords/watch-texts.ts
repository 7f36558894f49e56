/** What is to be said of the vaults, in words. */
import { evaluableIn } from '@holdfast/core/vault-protocol';
import { countOf, formatDuration } from '../terminal/quantities.ts';
import { lostLogText } from '../witnesses/witness-texts.ts';
import { failureText } from './failure-text.ts';
import type { Watch, WatchedVault } from './watch-vaults.ts';

const DAY_MS = 24 * 3600 * 1000;
/** So long a password stays in mind. */
const REMIND_MS = 30 * DAY_MS;

/** What nobody should miss: changes and guesses that may be somebody else's. */
export function alarmTexts({ vaults }: Watch): readonly string[] {
  const texts: string[] = [];
  const { changeInMs, removalInMs } = dueTimes(vaults);
  if (changeInMs > 0) {
    texts.push(
      `Another password takes effect in ${formatDuration(changeInMs)}. Did you not begin that? "holdfast password cancel" stops it; whoever did has the key of one of your devices`,
    );
  }
  if (removalInMs > 0) {
    texts.push(
      `The password is removed in ${formatDuration(removalInMs)}. Did you not begin that? "holdfast password cancel" stops it; whoever did has the key of one of your devices`,
    );
  }
  const strange = Math.max(0, ...vaults.map((vault) => vault.strange));
  if (strange > 0) {
    const were = strange === 1 ? 'was' : 'were';
    texts.push(
      `${countOf(strange, 'wrong guess', 'wrong guesses')} at your password ${were} not made on this device; "holdfast guess-log" lists them. Was it you, on another? Else somebody has your recovery sheet`,
    );
  }
  for (const { url, status, isLogGood, failure } of vaults) {
    if (!isLogGood) {
      texts.push(lostLogText(url));
    }
    if (status?.state === 'frozen' || status?.state === 'locked-out') {
      texts.push(
        `After too many wrong guesses the vault at ${url} takes no more; in ${formatDuration(status.waitMs)} it destroys what it keeps`,
      );
    }
    if (status?.state === 'suspended') {
      texts.push(
        `Who runs the vault at ${url} has suspended this backup there: it takes no guesses until they let it go on, and nothing falls due meanwhile`,
      );
    }
    if (isUntrusted(failure)) texts.push(failureText(url, failure));
  }
  return texts;
}

/** What only who asks for it wants to know. */
export function adviceTexts({ vaults, typedAtMs }: Watch, nowMs: number): readonly string[] {
  const silent = vaults.filter(({ failure }) => failure !== null && !isUntrusted(failure));
  const texts = silent.map(({ url, failure }) => failureText(url, failure));
  const isSet = vaults.some(hasPassword);
  if (isSet && typedAtMs !== null && nowMs - typedAtMs > REMIND_MS) {
    const days = Math.floor((nowMs - typedAtMs) / DAY_MS);
    texts.push(
      `The password was last typed ${days} days ago. Do you still know it? "holdfast password check" tries it`,
    );
  }
  return texts;
}

/** Lines for a status. */
export function describeWatch({ vaults, typedAtMs }: Watch, nowMs: number): readonly string[] {
  const n = vaults.length;
  const reached = vaults.filter(({ failure }) => failure === null).length;
  const having = vaults.filter(hasPassword);
  const typed =
    typedAtMs === null
      ? 'never typed on this device'
      : `last typed ${formatDuration(Math.max(0, nowMs - typedAtMs))} ago`;
  const counting = having.map(({ status }) => {
    return status?.records.reduce((sum, { row }) => sum + row, 0) ?? 0;
  });
  const wrong = Math.max(0, ...counting);
  return [
    `Vaults       ${reached} of ${n} reached`,
    having.length === 0
      ? 'Password     not set'
      : `Password     set at ${countOf(having.length, 'vault')}, ${typed}`,
    ...(wrong === 0
      ? []
      : [`Guesses      ${countOf(wrong, 'wrong one')} until the right one is typed`]),
  ];
}

/** For `--json`. */
export function watchFacts({ vaults, typedAtMs }: Watch): Readonly<Record<string, unknown>> {
  return {
    isSet: vaults.some(hasPassword),
    typedAtMs,
    ...dueTimes(vaults),
    vaults: vaults.map((vault) => ({
      url: vault.url,
      isReached: vault.failure === null,
      isSet: hasPassword(vault),
      guessesLeft: vault.status?.guessesLeft,
      strangeGuesses: vault.strange,
      isLogGood: vault.isLogGood,
    })),
  };
}

/** The soonest of all vaults; 0 for none. */
function dueTimes(vaults: readonly WatchedVault[]): { changeInMs: number; removalInMs: number } {
  const due = vaults
    .flatMap(({ status }) => status?.records ?? [])
    .filter(({ dueInMs }) => dueInMs > 0);
  const soonest = (times: readonly number[]): number =>
    times.length === 0 ? 0 : Math.min(...times);
  return {
    changeInMs: soonest(
      due.flatMap(({ state, dueInMs }) => (state === 'pending' ? [dueInMs] : [])),
    ),
    removalInMs: soonest(
      due.flatMap(({ state, dueInMs }) => (state === 'pending' ? [] : [dueInMs])),
    ),
  };
}

function hasPassword({ status }: WatchedVault): boolean {
  return status !== null && evaluableIn(status).length > 0;
}

function isUntrusted(failure: unknown): boolean {
  return failure instanceof Error && 'code' in failure && failure.code === 'vault-untrusted';
}
