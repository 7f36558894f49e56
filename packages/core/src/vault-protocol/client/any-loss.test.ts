/**
 * A person whose messages and answers are lost at will, and whose vaults are away at will, sets passwords, recovers
 * by them, and changes the root key: a password that the person would try brings the key in force back, and
 * another one can be set.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRotation } from '../../rotation/index.ts';
import {
  makeTestDevice,
  recoverTestKey,
  setTestPassword,
  type TestDevice,
  testPorts,
} from '../fixture/test-device.ts';
import { makeChain, nextOwner, type RotatedOwner, type TestHead } from '../fixture/test-heads.ts';
import { makeTestOwner, type TestOwner } from '../fixture/test-owner.ts';
import { makeTestVault } from '../fixture/test-vault.ts';
import { TestHeadShelf } from '../fixture/test-witnesses.ts';
import { type EarlierOwner, evaluableRecords, type RecoveredKey, surveyVaults } from './index.ts';
import { removePasswords } from './end-password.ts';
import { enrolOwner, type OwnerLine } from './tell-owner.ts';
import { clientsOf } from './vault-client.ts';

const HOUR_MS = 3600 * 1000;
const isSlow = process.env.SLOW === '1';

/** What becomes of a run's messages: of those that have no entry, nothing bad. */
interface Trouble {
  /** Places of vaults that nothing reaches. */
  readonly away: readonly number[];
  /** By the number of a message: whether it is lost itself, or its answer. */
  readonly losses: readonly (readonly [number, 'message' | 'answer'])[];
  /** From this message on nothing gets through. */
  readonly endsAfter: number;
}

type Act =
  | { readonly kind: 'set'; readonly isTyped: boolean; readonly trouble: Trouble }
  | { readonly kind: 'recover' | 'rotate'; readonly trouble: Trouble }
  /** Vaults that are away count no time. */
  | { readonly kind: 'wait'; readonly hours: number; readonly away: readonly number[] };

const away = fc.subarray([0, 1, 2], { maxLength: 2 });
const trouble: fc.Arbitrary<Trouble> = fc.record({
  away: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: away }),
  losses: fc.array(fc.tuple(fc.nat(20), fc.constantFrom('message', 'answer')), { maxLength: 4 }),
  endsAfter: fc.oneof(fc.nat(16), fc.constant(1000)),
});
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('set'), isTyped: fc.boolean(), trouble }),
  fc.record({ kind: fc.constantFrom('recover', 'rotate', 'rotate'), trouble }),
  fc.record({ kind: fc.constant('wait'), hours: fc.constantFrom(13, 73), away }),
);

/** A device with what its person remembers. */
interface Person {
  device: TestDevice;
  readonly t: number;
  /** By version of their records: what they would try, the newest last. */
  passwords: readonly number[];
  typed: RecoveredKey | null;
}

function wordOf(version: number): string {
  return `password ${version}`;
}

function beset(device: TestDevice, { away: places, losses, endsAfter }: Trouble): void {
  let messages = 0;
  const end = (what: 'message' | 'answer', place: number): void => {
    const isLost = losses.some(([at, lost]) => at === messages && lost === what);
    if (isLost || messages > endsAfter || places.includes(place)) throw new Error('no way there');
  };
  device.network = {
    before(_kind, vault) {
      messages++;
      end('message', device.vaults.indexOf(vault));
    },
    after(_kind, vault, answer) {
      end('answer', device.vaults.indexOf(vault));
      return answer;
    },
  };
}

function wait({ device }: Person, hours: number, places: readonly number[] = []): void {
  for (const [place, vault] of device.vaults.entries()) {
    vault.wallMs += hours * HOUR_MS;
    if (!places.includes(place)) vault.servedMs += hours * HOUR_MS;
  }
}

/** Sets one, of which the person remembers what it was, whether or not they were told that it is set. */
async function set(person: Person, isTyped: boolean): Promise<void> {
  const { device, t, typed } = person;
  const before = await device.shelf.listVersions();
  const word = wordOf(Math.max(0, ...before) + 1);
  const replaced =
    typed === null
      ? null
      : { recordHash: typed.record.hash, proofSeed: isTyped ? typed.proofSeed : null };
  await setTestPassword(device, word, { t, replaced }).catch(() => null);
  const after = await device.shelf.listVersions();
  person.passwords = [...person.passwords, ...after.filter((version) => !before.includes(version))];
}

/** Tries what the person remembers, the newest first; what is older than what works is forgotten. */
async function recover(person: Person): Promise<RecoveredKey | null> {
  for (const version of person.passwords.toReversed()) {
    const key = await recoverTestKey(person.device, wordOf(version), { version }).catch(() => null);
    if (key === null) continue;
    person.typed = key;
    person.passwords = person.passwords.filter((other) => other >= version);
    return key;
  }
  return null;
}

type Line = TestOwner & Partial<Pick<RotatedOwner, 'firstHead'>> & Pick<OwnerLine, 'before'>;

/** With the newest password that enough vaults check, if the person has just recovered with it. */
async function rotate(person: Person): Promise<void> {
  const { device, t } = person;
  const owner: Line = device.owner;
  const key = await recover(person);
  const { links, context } = testPorts(device);
  const authority = { seed: owner.ownerSeed.bytes() };
  const survey = await surveyVaults(context, clientsOf(links, context), device.shelf, authority);
  const newest = evaluableRecords(survey, t)[0]?.record.hash;
  const isPresent = key?.owner.ownerPublicKey.toHex() === owner.ownerPublicKey.toHex();
  if (key === null || !isPresent || newest?.toHex() !== key.record.hash.toHex()) return;
  const last = owner.firstHead ?? ((await makeChain(owner, 1))[0] as TestHead);
  const carries = { ...key, hash: key.record.hash };
  const next = await nextOwner(owner, last, { carries });
  const { rotation: object, firstHead } = next;
  const { ownerSeed, ownerPublicKey, headPublicKey } = owner;
  const heads = new TestHeadShelf([last]);
  const stored = { certificate: object, head: firstHead.object, heads };
  const earlier = { ownerSeed, ownerPublicKey, headPublicKey, rotation: async () => stored };
  const line = { ...next, before: [...(owner.before ?? []), earlier] as readonly EarlierOwner[] };
  const certificate = { ...(await parseRotation(owner.crypto, object)), object };
  person.device = {
    ...device,
    owner: line,
    others: [owner, ...(device.others ?? [])],
    rotations: [...(device.rotations ?? []), certificate],
    laterOwners: [...(device.laterOwners ?? []), next.ownerPublicKey],
  };
  person.device.network = device.network;
  await tellAll(person);
}

/** Each vault that can be reached hears of all rotations. @returns Whether all have. */
async function tellAll({ device }: Person): Promise<boolean> {
  const { links, context } = testPorts(device);
  const ports = { context, shelf: device.shelf };
  const told = await Promise.allSettled(
    clientsOf(links, context).map((client) => enrolOwner(ports, client, device.owner, null)),
  );
  return told.every(({ status }) => status === 'fulfilled');
}

/** Where a password that was not carried over holds a vault up, it is removed. */
async function endOthers(person: Person): Promise<void> {
  if (await tellAll(person)) return;
  const { device } = person;
  for (const vault of device.vaults) {
    const alone = { ...device, vaults: [vault] };
    if (await tellAll({ ...person, device: alone })) continue;
    await removePasswords(testPorts(alone), device.owner, null);
  }
  wait(person, 73);
  assert.ok(await tellAll(person), 'all vaults follow');
}

for (const t of [1, 2, 3]) {
  test(`whatever is lost, one password works at ${t} of three vaults, and another can be set`, async () => {
    const property = fc.asyncProperty(fc.array(act, { maxLength: 5 }), async (acts) => {
      const vaults = ['a', 'b', 'c'].map((seed) => makeTestVault({ seed }));
      const device = makeTestDevice(await makeTestOwner(), vaults);
      const person: Person = { device, t, passwords: [], typed: null };
      await set(person, false);
      assert.notEqual(await recover(person), null);
      for (const one of acts) {
        if (one.kind === 'wait') wait(person, one.hours, one.away);
        else {
          beset(person.device, one.trouble);
          if (one.kind === 'set') await set(person, one.isTyped);
          else if (one.kind === 'recover') await recover(person);
          else await rotate(person);
          person.device.network = {};
        }
      }
      wait(person, 13);
      const found = await recover(person);
      assert.deepEqual(
        found?.owner.rootKey.bytes(),
        person.device.owner.rootKey.bytes(),
        'one works',
      );
      await endOthers(person);
      await set(person, true);
      wait(person, 73);
      const last = person.passwords.at(-1);
      const key = await recover(person);
      assert.equal(key?.record.frame.version, last, 'the last one works');
      for (const vault of vaults) {
        const records = vault.ledger(device.owner.backupId)?.records ?? [];
        const states = records.filter(({ state }) => state !== 'removed');
        assert.deepEqual(
          states.map(({ version, state }) => [version, state]),
          [[last, 'live']],
        );
      }
    });
    await fc.assert(property, { numRuns: isSlow ? 100 : 5 });
  });
}
