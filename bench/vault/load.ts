/** Puts a load of recoveries on a vault: as many as it can take, or a given number a second. */
import { setTimeout as sleep } from 'node:timers/promises';
import { makePerson, makeRecovery, type Person, recoverBy, type Target } from './recoveries.ts';

/**
 * As many take turns: the requests of one person alone would be served one after the other. More
 * than a vault keeps opened: who recovers comes to it cold.
 */
const PERSONS = 320;

export interface Load {
  /** Recoveries that were served a second, both messages. */
  readonly perSecond: number;
  /** Of whole recoveries, in milliseconds. */
  readonly latenciesMs: readonly number[];
}

export async function makePersons(target: Target): Promise<Person[]> {
  const persons: Person[] = [];
  for (let i = 0; i < PERSONS; i++) persons.push(await makePerson(target));
  return persons;
}

/** Each person recovers again as soon as they have recovered. */
export async function fullLoad(
  target: Target,
  persons: readonly Person[],
  durationMs: number,
): Promise<Load> {
  const latenciesMs: number[] = [];
  const beganMs = performance.now();
  await Promise.all(
    persons.map(async (person) => {
      for (let turn = 0; performance.now() - beganMs < durationMs; turn++) {
        latenciesMs.push(await timed(target, person, turn));
      }
    }),
  );
  return { perSecond: (1000 * latenciesMs.length) / (performance.now() - beganMs), latenciesMs };
}

/** Recoveries begin at even distances, whether those before have ended or not. */
export async function steadyLoad(
  target: Target,
  persons: readonly Person[],
  { durationMs, perSecond }: { readonly durationMs: number; readonly perSecond: number },
): Promise<Load> {
  const latenciesMs: number[] = [];
  const running: Promise<void>[] = [];
  const beganMs = performance.now();
  const count = Math.floor((durationMs / 1000) * perSecond);
  for (let i = 0; i < count; i++) {
    const dueMs = beganMs + (1000 * i) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    const person = persons[i % persons.length] as Person;
    running.push(
      timed(target, person, Math.floor(i / persons.length), dueMs).then(
        (latencyMs) => void latenciesMs.push(latencyMs),
      ),
    );
  }
  await Promise.all(running);
  return { perSecond: (1000 * count) / (performance.now() - beganMs), latenciesMs };
}

/** @param dueMs From when on the person waited, if not from now. */
async function timed(
  target: Target,
  person: Person,
  turn: number,
  dueMs: number = performance.now(),
): Promise<number> {
  await recoverBy(target, await makeRecovery(target, person, turn));
  return performance.now() - dueMs;
}

/** @param share 0.99 for the 99th percentile. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}
