/**
 * At no point is neither password good: passwords set and replaced at several vaults, with and without
 * the old one, by clients that may be cut off after each message, in every order of all messages, at
 * vaults of which any may be away for any time. The search ends when there is nothing new.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  begin,
  certify,
  commitAt,
  goodPasswords,
  leaveAt,
  type OneVault,
  type Rotated,
  recover,
  removeAt,
  retireAt,
  rotateAt,
  stageAt,
  type VaultsStep,
  type VaultsWorld,
  vaultsKeyOf,
  vaultsSteps,
  vaultsThatEvaluate,
  vaultsWithout,
  waitAt,
} from '../fixture/vaults-world.ts';

const isSlow = process.env.SLOW === '1';

/**
 * How many vaults, how many of them suffice, how many passwords, and at which vaults when not at all; whether the
 * root key is changed meanwhile.
 */
type Search = readonly [number, number, number, VaultsWorld['sets']?, Rotated?];

const SEARCHES: readonly Search[] = [
  [1, 1, isSlow ? 4 : 3],
  [2, 1, isSlow ? 4 : 3],
  [2, 2, isSlow ? 4 : 3],
  [3, 2, isSlow ? 3 : 2],
  [3, 3, isSlow ? 3 : 2],
  [2, 1, 2, [[0], [1]]],
  [
    3,
    2,
    2,
    [
      [0, 1],
      [1, 2],
    ],
  ],
  [
    3,
    2,
    isSlow ? 3 : 2,
    [
      [0, 1],
      [0, 1, 2],
      [1, 2],
    ],
  ],
  [1, 1, isSlow ? 4 : 3, [], 'not yet'],
  [2, 1, isSlow ? 3 : 2, [], 'not yet'],
  [2, 2, 3, [], 'not yet'],
  [3, 2, 2, [], 'not yet'],
];

/** How a world was come to, newest step first. */
interface Path {
  readonly step: string;
  readonly before: Path | null;
}

function described(path: Path | null): string {
  return path === null ? '' : `${described(path.before)}${path.step}; `;
}

for (const [n, t, passwords, sets = [], rotated = 'never'] of SEARCHES) {
  const at = sets.length === 0 ? '' : `, at ${sets.slice(0, passwords).join(' then ')}`;
  const where = rotated === 'never' ? at : `${at}, and another root key`;
  test(`${passwords} passwords at ${n} vaults of which ${t} suffice${where}: one is always good`, (context) => {
    const first = vaultsWithout(n, sets, rotated);
    const seen = new Set([vaultsKeyOf(first)]);
    const worlds: (readonly [VaultsWorld, Path | null])[] = [[first, null]];
    for (let next = worlds.pop(); next !== undefined; next = worlds.pop()) {
      const [world, before] = next;
      assertCanGoOn(world, t, before);
      const wasGood = isGood(world, t);
      for (const { name, next: after } of vaultsSteps(world, passwords, t)) {
        const path = { step: name, before };
        assert.ok(!wasGood || isGood(after, t), `neither is good after ${described(path)}`);
        const key = vaultsKeyOf(after);
        if (seen.has(key)) continue;
        seen.add(key);
        worlds.push([after, path]);
      }
    }
    context.diagnostic(`${seen.size} states`);
    assert.ok(seen.size > 50);
  });
}

/** Whether the person has a password that brings the key back. */
function isGood(world: VaultsWorld, t: number): boolean {
  return goodPasswords(world, t).some((password) => world.candidates.includes(password));
}

/** With all vaults there, a client that goes by the rules sets another password, and ends all others. */
function assertCanGoOn(world: VaultsWorld, t: number, path: Path | null): void {
  let now = world;
  const atAll = (change: (vault: OneVault) => OneVault): void => {
    now = { ...now, vaults: now.vaults.map(change) };
  };
  const take = ([step]: readonly VaultsStep[]): void => {
    assert.ok(step !== undefined, described(path));
    now = step.next;
  };
  for (const [password, certificate] of now.certificates.entries()) {
    if (certificate === null) continue;
    const isOwners = ({ ledger }: OneVault) => ledger.generation === now.generations[password];
    atAll((vault) => (isOwners(vault) ? commitAt(vault, password, certificate) : vault));
  }
  const { rotated } = now;
  if (typeof rotated !== 'string') {
    atAll((vault) => rotateAt(vault, rotated));
    // Where another password is live, it goes as the owner before says, after days.
    atAll((vault) => (vault.ledger.generation === 1 ? vault : endOthers(vault, now)));
    atAll((vault) => rotateAt(vault, rotated));
  }
  const typed = goodPasswords(now, t).at(-1);
  if (typed !== undefined) take(recover(now, typed, t));
  atAll((vault) => retireAt(vault, now.recovered));
  for (const password of now.certificates.keys()) {
    atAll((vault) => (isStaged(vault, password) ? removeAt(vault, password) : vault));
  }
  const last = now.certificates.length;
  take([begin(now)]);
  atAll((vault) => stageAt(vault, last));
  const proofOf = typed ?? null;
  take(certify(now, last).filter(({ next }) => next.certificates[last]?.proofOf === proofOf));
  atAll((vault) => commitAt(vault, last, { proofOf }));
  atAll(waitAt);
  assert.equal(vaultsThatEvaluate(now, last), now.vaults.length, described(path));
  take(recover(now, last, t));
  atAll((vault) => retireAt(vault, [last]));
  assert.deepEqual(goodPasswords(now, 1), [last], described(path));
}

function endOthers(vault: OneVault, { rotated, certificates }: VaultsWorld): OneVault {
  let left = vault;
  for (const password of certificates.keys()) {
    const isCarried = typeof rotated !== 'string' && rotated.carried === password;
    if (!isCarried) left = leaveAt(removeAt(left, password), password, false);
  }
  return waitAt(left);
}

function isStaged({ ledger }: OneVault, password: number): boolean {
  return ledger.records.some(
    ({ version, state }) => version === password + 1 && state === 'staged',
  );
}
