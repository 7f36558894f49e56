/**
 * The chain of heads: every number there, signed, and linked to the one before (spec/head.md §2).
 */
import { equalBytes } from '@holdfast/core/bytes';
import { parseHead, verifyHead } from '@holdfast/core/head';
import { HASH_BYTES } from '@holdfast/core/wire';
import { asDamage } from '../damage.ts';
import type { Backup } from '../repository/backup.ts';
import { type BackupKeys, deriveBackupKeys, wipeRootKeys } from '../repository/backup-keys.ts';
import { nextFree, readHeadObject } from '../repository/head-chain.ts';
import { headName } from '../repository/object-names.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { numbersText, Suspicion, type Suspicions } from './finding.ts';

/** Heads fetched at a time. */
const AT_ONCE = 16;

const REMEDIES = {
  older:
    'No snapshot depends on it, but a device that was away for long may refuse the store as having another history. Put the object back if another copy of the store has it',
  newest:
    'Put the object back if another copy of the store has it. Otherwise go on without: a device that has not seen this head restores the state before it, and its next backup continues from there. One that has seen it needs "holdfast recover --accept-stale" first',
  aside:
    'Nothing of it counts. A device that has the key of before wrote it, or a change of the key that was cut off: recover that device with the present key, and back it up anew',
  stray:
    'Nothing depends on it. Find out what put it there; it may be removed while no device is backing up',
};

type Problem =
  | 'is of another root key than its number'
  | 'is missing'
  | 'is damaged'
  | 'is damaged, or of a newer version'
  | 'is not the one written'
  | 'does not follow';

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
  const known = backup.newestHead;
  const next = nextFree(listed, known?.number ?? 0);
  const newest = next - 1;
  const chain = Array.from({ length: newest }, (_, i) => i + 1);
  const numbers = [...chain, ...listed.filter((number) => number >= next)];
  const problems = new Map<Problem, number[]>();
  const isListed = new Set(listed);
  const eras = await findEras(backup);
  let before: Uint8Array | null = new Uint8Array(HASH_BYTES);
  for (let at = 0; at < numbers.length; at += AT_ONCE) {
    throwIfCancelled(signal, 'check');
    const heads = await Promise.all(
      numbers
        .slice(at, at + AT_ONCE)
        .map((number) =>
          isListed.has(number) ? seeHead(backup, eras, number, signal) : lost(number, 'is missing'),
        ),
    );
    for (const { number, problem, hash, previousHash } of heads) {
      if (problem === 'is of another root key than its number') {
        reportAside(suspicions, number);
        continue;
      }
      const isLinked = before === null || previousHash === null || equalBytes(before, previousHash);
      const isSame = number !== known?.number || hash === null || equalBytes(hash, known.hash);
      const found: Problem | null =
        problem ?? (isSame ? (isLinked ? null : 'does not follow') : 'is not the one written');
      if (found !== null) problems.set(found, [...(problems.get(found) ?? []), number]);
      before = hash;
    }
  }
  for (const [problem, all] of problems) {
    const own = all.filter((number) => number <= newest);
    if (own.length > 0) report(suspicions, problem, own, newest);
    for (const number of all) if (number > newest) reportStray(suspicions, number);
  }
  return listed.length;
}

/** Made with the key of before after the change, or with the next one before it. */
function reportAside(suspicions: Suspicions, number: number): void {
  suspicions
    .get(`head aside ${number}`, () => {
      const what = `Head ${number} is of another root key than the heads around it`;
      return new Suspicion('warning', what, REMEDIES.aside);
    })
    .affects(headName(number));
}

/** Its number is far above that of any head. */
function reportStray(suspicions: Suspicions, number: number): void {
  suspicions
    .get(`stray head ${number}`, () => {
      const what = `${headName(number)} is in the place of a head, and is none of this backup's`;
      return new Suspicion('warning', what, REMEDIES.stray);
    })
    .affects(headName(number));
}

/** Which root key's heads have which numbers. */
interface Era {
  readonly headPublicKey: Uint8Array;
  /** Of its first head; 0 of the first root key, and when the store lacks the certificate that says so. */
  readonly from: number;
}

/** By generation; none of the earlier ones when the keyring can't be read. */
async function findEras(backup: Backup): Promise<ReadonlyMap<number, Era>> {
  const { crypto, keys, rotations, stateOrNull } = backup;
  const own = [[keys.generation, keys]] as [number, BackupKeys][];
  const earlier = stateOrNull === null ? [] : backup.keyring.earlierRootKeys;
  for (const [generation, rootKey] of earlier.entries()) {
    const derived = await deriveBackupKeys(crypto, rootKey);
    wipeRootKeys(derived);
    own.push([generation, derived]);
  }
  return new Map(
    own.map(([generation, { headPublicKey, ownerPublicKey }]) => {
      const first = rotations.find(({ ownerAfter }) => equalBytes(ownerAfter, ownerPublicKey));
      return [generation, { headPublicKey, from: first?.firstHead.number ?? 0 }];
    }),
  );
}

async function seeHead(
  backup: Backup,
  eras: ReadonlyMap<number, Era>,
  number: number,
  signal: AbortSignal | undefined,
): Promise<SeenHead> {
  const { store, crypto, id } = backup;
  try {
    const object = await readHeadObject(store, number, signal);
    const head = parseHead(object);
    const era = eras.get(head.generation);
    if (era === undefined || !(await verifyHead(crypto, era.headPublicKey, object))) {
      return lost(number, 'is damaged');
    }
    if (head.number !== number || !equalBytes(head.backupId, id)) {
      return lost(number, 'is not the one written');
    }
    const end = eras.get(head.generation + 1)?.from || Number.POSITIVE_INFINITY;
    if (number < era.from || number >= end) {
      return lost(number, 'is of another root key than its number');
    }
    const hash = await crypto.sha256(object);
    return { number, problem: null, hash, previousHash: head.previousHash };
  } catch (error) {
    const { code } = asDamage(error);
    if (code === 'object-missing') return lost(number, 'is missing');
    const isNewer = code === 'format-too-new';
    return lost(number, isNewer ? 'is damaged, or of a newer version' : 'is damaged');
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
