/**
 * What holds of a ledger in whatever order things happen to it: every order, up to so many steps, with
 * small limits. A vault that ends before it has committed is a step that did not happen; one that ends
 * after, a guess that was lost.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  keyOf,
  type LedgerWorld,
  nameOf,
  SMALL_LIMITS,
  type Step,
  steps,
  worldAfter,
} from '../fixture/ledger-world.ts';
import { isAtLimit, isEvaluable, totalOf, type VaultRecord } from './ledger.ts';
import { settle } from './settle.ts';

/** Beyond what each search does at least. */
const MORE_STEPS = process.env.SLOW === '1' ? 2 : 0;
const HOUR_MS = 3600 * 1000;

/** How a world was come to, newest step first. */
interface Path {
  readonly step: string;
  readonly before: Path | null;
}

function described(path: Path | null): string {
  return path === null ? 'at first' : `${described(path.before)}; ${path.step}`;
}

function numberOf({ id }: VaultRecord): number {
  return (id[0] as number) - (nameOf(10)[0] as number);
}

function recordOf({ ledger }: LedgerWorld, number: number): VaultRecord | undefined {
  return ledger.records.find((record) => numberOf(record) === number);
}

/** The counters are what a bystander would have counted, and within their limits. */
function assertCounted({ ledger, guesses }: LedgerWorld): void {
  const unproved = guesses.filter(({ isProved }) => !isProved);
  let total = 0;
  for (const record of ledger.records.filter(isEvaluable)) {
    const of = unproved.filter((seen) => seen.record === numberOf(record) && !seen.isCleared);
    assert.equal(record.row, of.length, 'row');
    total += of.length;
  }
  assert.equal(totalOf(ledger), total, 'total');
  assert.ok(total <= SMALL_LIMITS.guesses, 'total');
  assert.equal(ledger.lifetime, unproved.length, 'lifetime');
  assert.ok(ledger.lifetime <= SMALL_LIMITS.lifetime, 'lifetime');
}

function assertStates({ ledger: { records } }: LedgerWorld): void {
  const count = (state: VaultRecord['state']): number =>
    records.filter((record) => record.state === state).length;
  assert.ok(count('live') <= 1 && count('pending') <= 1, 'one live and one pending');
  assert.ok(count('old') === 0 || count('live') === 1, 'old ones have a live one');
}

/** What was evaluable ends at the limit, by retiring, by its proof key, or 72 hours after it was said. */
function assertEnded(before: LedgerWorld, { name, next, settled }: Step): void {
  const isGone = (record: VaultRecord): boolean => {
    const after = recordOf(next, numberOf(record));
    return after === undefined || !isEvaluable(after);
  };
  for (const record of before.ledger.records.filter(isEvaluable)) {
    if (!isGone(record)) continue;
    const number = numberOf(record);
    const isIts = (id: Uint8Array | null): boolean => id?.[0] === record.id[0];
    const event = settled.find(({ recordId }) => isIts(recordId));
    const begunMs = before.begunMs[number] ?? Number.POSITIVE_INFINITY;
    const isDestroyed =
      event?.what === 'destroyed' &&
      (record.state === 'old' || before.ledger.records.filter(isEvaluable).every(isGone)) &&
      isAtLimit(before.ledger, SMALL_LIMITS) &&
      next.nowMs - before.ledger.lastGuessMs >= 7 * 24 * HOUR_MS;
    const isDue =
      event?.what === 'removed' && record.dueMs !== null && next.nowMs - begunMs >= 72 * HOUR_MS;
    const isAgreed = name === `remove ${number}, proved`;
    const isRetired = name === 'retire' && record.state === 'old';
    assert.ok(isDestroyed || isDue || isAgreed || isRetired, `record ${number} is gone`);
  }
}

/** A record is live after 72 hours, by a proof, or when nothing else is evaluable. */
function assertBegun(before: LedgerWorld, { name, next, settled }: Step): void {
  for (const record of next.ledger.records.filter(isEvaluable)) {
    const number = numberOf(record);
    const was = recordOf(before, number);
    if (was !== undefined && isEvaluable(was)) continue;
    const begunMs = before.begunMs[number] ?? Number.POSITIVE_INFINITY;
    const isDue = was?.state === 'pending' && next.nowMs - begunMs >= 72 * HOUR_MS;
    const isProved = name === `commit ${number}, proved`;
    const isAlone = !before.ledger.records.some(isEvaluable);
    const isLeft = settled.some(({ what }) => what === 'destroyed' || what === 'removed');
    assert.ok(isDue || isProved || isAlone || isLeft, `record ${number} is live`);
    const others = next.ledger.records.filter((other) => other !== record);
    const isUnderWay = (other: VaultRecord): boolean =>
      other.dueMs !== null && !name.endsWith(` ${numberOf(other)}`);
    assert.ok(!others.some(isUnderWay), 'nothing else is under way');
  }
}

/**
 * The owner changes only where no password can be guessed at or waits, or with the live one, which stays as it
 * is; and what was counted stays.
 */
function assertOwned(before: LedgerWorld, { name, next }: Step): void {
  const isRotation = name.startsWith('rotate');
  assert.equal(next.ledger.generation !== before.ledger.generation, isRotation, 'owner');
  if (!isRotation) return;
  const { records, lifetime } = settle(before.ledger, SMALL_LIMITS, before.nowMs).ledger;
  const live = records.find(({ state }) => state === 'live');
  const waits = records.filter((record) => isEvaluable(record) || record.state === 'pending');
  if (name === 'rotate') assert.deepEqual(waits.map(numberOf), []);
  else assert.equal(name, `rotate with ${live === undefined ? '' : numberOf(live)}`);
  assert.equal(next.ledger.lifetime, lifetime, 'lifetime');
  const kept = next.ledger.records.filter((record) => isEvaluable(record));
  const evaluable = records.filter(isEvaluable).map((record) => ({ ...record, dueMs: null }));
  assert.deepEqual(kept, evaluable, 'what is evaluable stays as it is');
  assert.ok(next.ledger.records.every(({ state }) => state !== 'staged' && state !== 'pending'));
}

/** Where a search begins, and how many steps it goes at least. */
const SEARCHES: readonly (readonly [string, number, readonly string[]])[] = [
  ['nothing', 7, []],
  ['a live record', 6, ['stage 0, version 1', 'commit 0']],
  [
    'a live, an old and a pending record',
    5,
    [
      ...['stage 0, version 1', 'commit 0', 'stage 1, version 2', 'commit 1, proved'],
      ...['guess at 0, wrong', 'guess at 1, right, lost', 'stage 2, version 3', 'commit 2'],
    ],
  ],
  [
    'a record after the end of another',
    6,
    [
      ...['stage 0, version 1', 'commit 0'],
      ...['guess at 0, wrong', 'guess at 0, wrong', 'guess at 0, wrong'],
      ...['stage 1, version 2', 'commit 1', `wait ${72 * HOUR_MS} ms`],
      ...[`wait ${96 * HOUR_MS} ms`, 'guess at 1, right'],
    ],
  ],
];

for (const [name, stepsAtLeast, begin] of SEARCHES) {
  test(`from ${name}, in every order, counters hold and no record goes or comes but as it may`, (t) => {
    const first = worldAfter(...begin);
    const seen = new Set([keyOf(first)]);
    let worlds: readonly (readonly [LedgerWorld, Path | null])[] = [[first, null]];
    let taken = 0;
    for (let i = 0; i < stepsAtLeast + MORE_STEPS; i++) {
      const after: (readonly [LedgerWorld, Path | null])[] = [];
      for (const [world, before] of worlds) {
        for (const step of steps(world)) {
          taken++;
          const path = { step: step.name, before };
          assertStep(world, step, path);
          const key = keyOf(step.next);
          if (seen.has(key)) continue;
          seen.add(key);
          after.push([step.next, path]);
        }
      }
      worlds = after;
    }
    t.diagnostic(`${seen.size} states, ${taken} steps`);
    assert.ok(seen.size > 1000);
  });
}

function assertStep(before: LedgerWorld, step: Step, path: Path): void {
  try {
    assertCounted(step.next);
    assertStates(step.next);
    assertEnded(before, step);
    assertBegun(before, step);
    assertOwned(before, step);
  } catch (cause) {
    throw new Error(described(path), { cause });
  }
}
