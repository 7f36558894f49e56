/**
 * A person whose messages and answers are lost at will, and whose vaults are away at will, sets passwords
 * and recovers by them: one that the person would try brings the key back, and another one can be set.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  makeTestDevice,
  recoverTestKey,
  setTestPassword,
  type TestDevice,
} from '../fixture/test-device.ts';
import { makeTestOwner } from '../fixture/test-owner.ts';
import { makeTestVault } from '../fixture/test-vault.ts';
import type { RecoveredKey } from './index.ts';

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
  | { readonly kind: 'recover'; readonly trouble: Trouble }
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
  fc.record({ kind: fc.constant('recover'), trouble }),
  fc.record({ kind: fc.constant('wait'), hours: fc.constantFrom(13, 73), away }),
);

/** A device with what its person remembers. */
interface Person {
  readonly device: TestDevice;
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
          beset(device, one.trouble);
          if (one.kind === 'set') await set(person, one.isTyped);
          else await recover(person);
          device.network = {};
        }
      }
      wait(person, 13);
      assert.notEqual(await recover(person), null, 'one works');
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
