/**
 * The chain of heads: every number there, signed, and linked to the one before (spec/head.md §2).
 */
import { equalBytes } from '@holdfast/core/bytes';
import { parseHead, verifyHead } from '@holdfast/core/head';
import type { Backup } from '../repository/backup.ts';
import { readHeadObject } from '../repository/head-chain.ts';
import { headName } from '../repository/object-names.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { asDamage } from './blame.ts';
import { numbersText, Suspicion, type Suspicions } from './finding.ts';

/** Heads fetched at a time. */
const AT_ONCE = 16;

const REMEDIES = {
  older:
    'No snapshot depends on it, but a device that was away for long may refuse the store as having another history. Put the object back if another copy of the store has it',
  newest:
    'Put the object back if another copy of the store has it. Otherwise take it away: the backup then opens in the state before, without the newest snapshot; then back up again',
};

type Problem = 'is missing' | 'is damaged' | 'is not the one written' | 'does not follow';

interface SeenHead {
  readonly number: number;
  readonly problem: Problem | null;
  /** Of the object; null when there is none to speak of. */
  readonly hash: Uint8Array | null;
  readonly previousHash: Uint8Array | null;
}

/**
 * @param listed Numbers of the heads that the store shows.
 * @returns How many heads were looked at.
 */
export async function checkHeads(
  backup: Backup,
  listed: readonly number[],
  suspicions: Suspicions,
  signal: AbortSignal | undefined,
): Promise<number> {
  const known = backup.state.head;
  const newest = listed.reduce((most, number) => Math.max(most, number), known.number);
  const problems = new Map<Problem, number[]>();
  const isListed = new Set(listed);
  let before: Uint8Array | null = new Uint8Array(known.hash.length);
  for (let first = 1; first <= newest; first += AT_ONCE) {
    throwIfCancelled(signal, 'check');
    const count = Math.min(AT_ONCE, newest - first + 1);
    const numbers = Array.from({ length: count }, (_, i) => first + i);
    const heads = await Promise.all(
      numbers.map((number) =>
        isListed.has(number) ? seeHead(backup, number, signal) : lost(number, 'is missing'),
      ),
    );
    for (const { number, problem, hash, previousHash } of heads) {
      const isLinked = before === null || previousHash === null || equalBytes(before, previousHash);
      const isSame = number !== known.number || hash === null || equalBytes(hash, known.hash);
      const found: Problem | null =
        problem ?? (isSame ? (isLinked ? null : 'does not follow') : 'is not the one written');
      if (found !== null) problems.set(found, [...(problems.get(found) ?? []), number]);
      before = hash;
    }
  }
  for (const [problem, numbers] of problems) report(suspicions, problem, numbers, newest);
  return listed.length;
}

async function seeHead(
  backup: Backup,
  number: number,
  signal: AbortSignal | undefined,
): Promise<SeenHead> {
  const { store, crypto, keys } = backup;
  try {
    const object = await readHeadObject(store, number, signal);
    const head = parseHead(object);
    if (!(await verifyHead(crypto, keys.headPublicKey, object))) return lost(number, 'is damaged');
    if (head.number !== number || !equalBytes(head.backupId, keys.backupId)) {
      return lost(number, 'is not the one written');
    }
    const hash = await crypto.sha256(object);
    return { number, problem: null, hash, previousHash: head.previousHash };
  } catch (error) {
    return lost(number, asDamage(error).code === 'object-missing' ? 'is missing' : 'is damaged');
  }
}

function lost(number: number, problem: Problem): SeenHead {
  return { number, problem, hash: null, previousHash: null };
}

function report(
  suspicions: Suspicions,
  problem: Problem,
  numbers: readonly number[],
  newest: number,
): void {
  const hasNewest = numbers.includes(newest);
  const isMany = numbers.length > 1;
  const subject = capitalized(numbersText('head', numbers));
  const state =
    problem === 'does not follow' ? followText(isMany) : isMany ? plural(problem) : problem;
  const suspicion = suspicions.get(`heads ${problem}`, () => {
    return new Suspicion(
      'damage',
      `${subject} ${state}`,
      hasNewest ? REMEDIES.newest : REMEDIES.older,
    );
  });
  for (const number of numbers) suspicion.affects(headName(number));
  if (hasNewest) suspicion.affects('the newest state of the whole backup');
}

function plural(problem: Problem): string {
  return problem.replace(/^is /, 'are ').replace('the one', 'the ones');
}

function followText(isMany: boolean): string {
  return isMany ? 'do not follow the heads before them' : 'does not follow the head before it';
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
