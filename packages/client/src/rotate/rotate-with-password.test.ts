/**
 * A change of the root key over three vaults with a password, cut off before or after each message to a vault,
 * each object that is put, and each key that the device keeps: the password brings back the key in force.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import { evaluableRecords } from '@holdfast/core/vault-protocol';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { startVault } from '@holdfast/testing/vault-process';
import { RotatedStore, rootKeyOf } from '../fixture/rotated-store.ts';
import { fixtureDevice } from '../fixture/temporary-backup.ts';
import { recoverRootKey, setNewPassword, surveyAsOwner } from '../passwords/index.ts';
import type { Backup } from '../repository/backup.ts';
import { openBackup } from '../repository/open-backup.ts';
import { greetVault, type TrustedVault } from '../vaults/index.ts';
import { compareWithWitnesses, tellWitnesses } from '../witnesses/witnesses.ts';
import { finishRotation, giveUpRotation, rotateRoot } from './rotate-root.ts';

const PASSWORD = 'seven green lamps under water';
const T = 2;
const isSlow = process.env.SLOW === '1';

type Side = 'before' | 'after';

/** Counts all that reaches out of the device or lasts on it, and ends everything at one of them. */
class Cut {
  steps = 0;
  readonly #at: number;
  readonly #side: Side;

  constructor(at = Number.POSITIVE_INFINITY, side: Side = 'before') {
    this.#at = at;
    this.#side = side;
  }

  async pass<Result>(act: () => Promise<Result>): Promise<Result> {
    const step = ++this.steps;
    this.#endAt(step, 'before');
    const result = await act();
    this.#endAt(step, 'after');
    return result;
  }

  get isOver(): boolean {
    return this.steps >= this.#at;
  }

  #endAt(step: number, side: Side): void {
    const isHere = step === this.#at && side === this.#side;
    if (isHere || step > this.#at) throw new HoldfastError('store-unreachable', 'Cannot go on');
  }
}

/** A device whose keys last, with a backup, and vaults of which two bring the key back. */
class Person {
  readonly own: RotatedStore;
  readonly vaults: readonly TrustedVault[];
  readonly accountCode = new Secret(new Uint8Array(16).fill(7));
  kept = rootKeyOf(0);
  next: Secret | null = null;

  constructor(own: RotatedStore, vaults: readonly TrustedVault[]) {
    this.own = own;
    this.vaults = vaults;
  }

  static async begin(t: TestContext): Promise<Person> {
    const own = await RotatedStore.begin(t, (nowMs) => new MemoryStore({ nowMs }));
    const running = await Promise.all(
      [0, 1, 2].map(async (i) => await startVault(join(own.shared.folder, `vault-${i}`))),
    );
    t.after(() => {
      for (const { pid } of running) process.kill(pid, 'SIGKILL');
    });
    const vaults = await Promise.all(
      running.map(async ({ url }) => ({ url, identity: (await greetVault(url)).identity })),
    );
    const person = new Person(own, vaults);
    const { store } = own.shared;
    const set = { rootKey: person.kept, password: PASSWORD, t: T, replaced: null };
    await setNewPassword(store, { ...person.asking(), ...set });
    const backup = await person.open('phone', person.kept);
    await tellWitnesses(backup, person.asking());
    await backup.close();
    return person;
  }

  /** What it takes to ask the vaults. */
  asking(cut = new Cut()) {
    const { vaults, accountCode } = this;
    const send: typeof fetch = (...request) => cut.pass(async () => await fetch(...request));
    return { vaults, accountCode, fetch: send };
  }

  async open(device: string, key: Secret, store = this.own.shared.store): Promise<Backup> {
    return await openBackup(store, key, { device: fixtureDevice(this.own.shared.folder, device) });
  }

  /** What the password gives, and its owner's key. */
  async recover(cut = new Cut()) {
    const { id: backupId } = await this.id();
    const options = { ...this.asking(cut), backupId, minimumT: T, password: PASSWORD };
    const found = await recoverRootKey(this.own.shared.store, options);
    await found.reports;
    return found;
  }

  async id() {
    const backup = await this.open('reader', this.kept).catch(() => null);
    const opened = backup ?? (await this.open('reader', this.next as Secret));
    await opened.close();
    return opened;
  }

  /** As `key rotate --root` does it. */
  async rotate(cut = new Cut()): Promise<void> {
    const store = new FaultStore(this.own.shared.store);
    store.put = (...put) => cut.pass(async () => await this.own.shared.store.put(...put));
    const asking = this.asking(cut);
    const backup = await this.open('phone', this.kept, store);
    try {
      await compareWithWitnesses(backup, asking);
      if (this.next !== null) {
        await giveUpRotation(backup);
        this.next = null;
      }
      const { record, secret, proofSeed } = await this.recover(cut);
      const survey = await surveyAsOwner(store, this.kept, asking);
      assert.deepEqual(evaluableRecords(survey, T)[0]?.record.hash, record.hash);
      const nextKey = new Secret(crypto.getRandomValues(new Uint8Array(32)));
      await cut.pass(async () => {
        this.next = nextKey;
      });
      const carried = { recordHash: record.hash, secret, proofSeed };
      await rotateRoot(backup, { rootKey: this.kept, nextKey, carried });
      await this.takeNext(cut);
    } finally {
      await backup.close();
    }
  }

  /** What is left to do when the next key is in force. */
  async takeNext(cut = new Cut()): Promise<void> {
    const store = new FaultStore(this.own.shared.store);
    store.put = (...put) => cut.pass(async () => await this.own.shared.store.put(...put));
    const nextKey = this.next as Secret;
    const backup = await this.open('phone', nextKey, store);
    try {
      await finishRotation(backup, nextKey);
      await cut.pass(async () => {
        this.kept = nextKey;
        this.next = null;
      });
      const told = await tellWitnesses(backup, this.asking(cut));
      if (cut.isOver) throw new HoldfastError('store-unreachable', 'Cannot go on');
      assert.deepEqual(
        told.map(({ standing }) => standing),
        ['newest', 'newest', 'newest'],
      );
    } finally {
      await backup.close();
    }
  }

  /** The device's next run. */
  async goOn(): Promise<'kept' | 'taken' | 'anew'> {
    const backup = await this.open('phone', this.kept).catch((error: HoldfastError) => {
      assert.equal(error.code, 'key-rotated');
      return null;
    });
    if (backup === null) {
      await this.takeNext();
      return 'taken';
    }
    const { generation } = backup.keys;
    const compared = await compareWithWitnesses(backup, this.asking());
    await backup.close();
    assert.ok(compared.every(({ standing }) => standing === 'newest' || standing === 'behind'));
    if (generation > this.generation) return 'kept';
    await this.rotate();
    return 'anew';
  }

  /** That the device began with. */
  generation = 0;

  /** The password brings back, on a device that has nothing, the key that opens the backup and that vaults know. */
  async assertRecovers(name: string): Promise<void> {
    const { owner, proofSeed, secret } = await this.recover();
    const fresh = await this.open(`fresh ${name}`, owner.rootKey);
    const compared = await compareWithWitnesses(fresh, this.asking());
    assert.ok(
      compared.every(({ standing }) => standing === 'newest' || standing === 'behind'),
      compared.map(({ standing }) => standing).join(),
    );
    await fresh.close();
    for (const unused of [proofSeed, secret]) unused.wipe();
  }
}

test('cut off anywhere, a rotation leaves the password good, and it can be gone on with or done again', async (t) => {
  const counting = new Cut();
  const first = await Person.begin(t);
  await first.rotate(counting);
  await first.assertRecovers('at the end');
  assert.ok(counting.steps > 40, `${counting.steps} steps`);
  const stride = isSlow ? 1 : 7;
  const ways = new Set<string>();
  let person = first;
  for (const side of ['before', 'after'] as const) {
    const offset = side === 'before' || isSlow ? 1 : 4;
    for (let at = offset; at <= counting.steps; at += stride) {
      if (person.generation > 24) person = await Person.begin(t);
      person.generation = (await person.id()).keys.generation;
      const where = `cut off ${side} step ${at}`;
      const cut = new Cut(at, side);
      await person.rotate(cut).catch((error: HoldfastError) => {
        assert.ok(cut.isOver, `${where}: ${error.message}`);
      });
      await person.assertRecovers(where);
      ways.add(await person.goOn());
      await person.assertRecovers(`${where}, then on`);
      assert.equal((await person.id()).keys.generation, person.generation + 1, where);
    }
  }
  assert.deepEqual([...ways].sort(), ['anew', 'kept', 'taken']);
});
