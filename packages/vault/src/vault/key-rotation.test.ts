/** Wrapping keys that change, and what ends with them, on the software HSM and on a token. */
import assert from 'node:assert/strict';
import { copyFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { blindInput } from '@holdfast/core/vault-protocol';
import { SOFT_HSM_LIBRARY, SoftHsm } from '@holdfast/testing/soft-hsm';
import { type Hsm, initPkcs11Hsm, openPkcs11Hsm } from '../hsm/index.ts';
import { openSqliteCopy, openSqliteRecords, type RecordStore } from '../records/index.ts';
import { endOlderKeys } from './end-older-keys.ts';
import { LocalVault } from './fixture/local-vault.ts';
import { Person } from './fixture/person.ts';
import { KeyRotation, readRotation, WRAPPING_KEY_MS } from './key-rotation.ts';
import { readWalk } from './ledger-walk.ts';
import { openLedger } from './read-ledger.ts';
import { countWrappedKeys } from './wrapped-keys.ts';

const HOUR_MS = 3600 * 1000;
const { element: ELEMENT } = blindInput(nodeCrypto.randomBytes(32), nodeCrypto.randomBytes);

/** Opens a vault on an HSM with at least so many wrapping keys. */
type OpenVault = (wrappingKeys: number) => Promise<LocalVault>;

testOn('the software HSM', () => LocalVault.open());
if (SOFT_HSM_LIBRARY === null) {
  test('wrapping keys on a token', { skip: 'NOT RUN: softhsm2 is not installed' }, () => {});
} else {
  testOn('a token', tokenVaults(SOFT_HSM_LIBRARY));
}

function tokenVaults(library: string): OpenVault {
  const softHsm = new SoftHsm(8);
  after(() => softHsm[Symbol.dispose]());
  const pin = (text: string): Secret => new Secret(new TextEncoder().encode(text));
  return async (wrappingKeys) => {
    const place = { library, token: softHsm.takeToken() };
    const pins = { officerPin: pin(softHsm.officerPin), userPin: pin(softHsm.userPin) };
    await initPkcs11Hsm({ ...place, ...pins, wrappingKeys });
    return await LocalVault.open({ hsm: await openPkcs11Hsm({ ...place, userPin: pins.userPin }) });
  };
}

/** All ledgers that have a key under a wrapping key before this one. */
async function behind({ hsm, records }: LocalVault, wrappingKey: number): Promise<number> {
  return (await countWrappedKeys({ hsm, records, wrappingKey, unwraps: false })).behind;
}

/** Moves on to the next wrapping key, and wraps all under it. */
async function rotate(vault: LocalVault): Promise<number> {
  await vault.skip(WRAPPING_KEY_MS);
  await vault.skip(HOUR_MS);
  const rotation = await readRotation(vault);
  assert.equal((await readWalk(vault))?.isDone, true);
  return rotation?.number ?? 0;
}

async function endByCopy(vault: LocalVault, path: string, givesUpDamaged = false): Promise<number> {
  const { hsm, records } = vault;
  const copy = openSqliteCopy(path);
  try {
    return (await endOlderKeys({ hsm, records, copy, givesUpDamaged })).number;
  } finally {
    await copy.close();
  }
}

function testOn(name: string, open: OpenVault): void {
  describe(`wrapping keys on ${name}`, () => {
    test('change every 30 days served, and all keys with them', async () => {
      await using vault = await open(3);
      const persons = [new Person(), new Person(), new Person()];
      for (const person of persons) await person.setPassword([vault], 'right');
      await vault.skip(WRAPPING_KEY_MS - HOUR_MS);
      assert.equal((await readRotation(vault))?.number, 1);
      await vault.skip(HOUR_MS);
      assert.equal((await readRotation(vault))?.number, 2);
      // What was under way may still be under the one before.
      assert.equal(await behind(vault, 2), 3);
      const late = new Person();
      await late.setPassword([vault], 'right');
      await vault.skip(HOUR_MS);
      assert.equal(await behind(vault, 2), 0);
      assert.equal((await readWalk(vault))?.count, 4);
      for (const person of [...persons, late]) await person.recover([vault], 'right');
      assert.deepEqual((await vault.hsm.wrappingKeys()).first, 1);
      assert.equal(await rotate(vault), 3);
      for (const person of persons) await person.recover([vault], 'right');
    });

    test('take what was retired with them, in older copies too', async () => {
      await using vault = await open(2);
      const person = new Person();
      await person.setPassword([vault], 'old');
      const { backupId } = await person.owner();
      const older = await vault.copy('older.sqlite');
      const replaced = await person.recover([vault], 'old');
      await person.setPassword([vault], 'new', { replaced });
      await person.recover([vault], 'new');

      const evaluateOlder = async (): Promise<number> => {
        const copy = openSqliteCopy(older);
        const stored = await copy.read(backupId);
        assert.ok(stored !== null);
        const { ledger } = await openLedger(vault.hsm, backupId, stored);
        await copy.close();
        const [record] = ledger.records;
        return (await vault.hsm.evaluate(record?.wrappedKey as Uint8Array, ELEMENT)).length;
      };
      assert.equal(await evaluateOlder(), 33);
      assert.equal(await rotate(vault), 2);
      assert.equal(await evaluateOlder(), 33);
      assert.equal(await endByCopy(vault, await vault.copy('copy.sqlite')), 2);
      await assert.rejects(evaluateOlder(), { code: 'damaged' });
      await person.recover([vault], 'new');
      assert.deepEqual((await vault.hsm.wrappingKeys()).first, 2);

      const records = await openSqliteRecords(older);
      await vault.reopen({ records });
      await assert.rejects(person.recover([vault], 'old'), (error: Error) => {
        assert.doesNotMatch(error.message, /wrong/);
        return true;
      });
      await vault.tend();
      await records.close();
      await vault.reopen();
      await person.recover([vault], 'new');
    });

    test('stay while no copy shows that they may go', async () => {
      await using vault = await open(2);
      const person = new Person();
      for (const each of [person, new Person(), new Person()]) {
        await each.setPassword([vault], 'right');
      }
      const early = await vault.copy('early.sqlite');
      await vault.skip(WRAPPING_KEY_MS);
      const between = await vault.copy('between.sqlite');
      for (const path of [early, between]) {
        await assert.rejects(endByCopy(vault, path), { code: 'stale', message: /made before all/ });
      }
      await vault.skip(HOUR_MS);
      await assert.rejects(endByCopy(vault, early), { code: 'stale' });
      const good = await vault.copy('good.sqlite');
      const { backupId } = await person.owner();
      let spoiltCopies = 0;
      const spoilt = (sql: string): string => {
        const path = join(vault.folder, `spoilt-${spoiltCopies++}.sqlite`);
        copyFileSync(good, path);
        const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
        database.prepare(sql).run(backupId);
        database.exec('PRAGMA journal_mode = DELETE');
        database.close();
        return path;
      };
      const from = (table: string) => `DELETE FROM ${table} WHERE ledger_id = ?`;
      for (const [path, message] of [
        [spoilt(from('ledgers')), /holds 2 backups, and 3 were there/],
        [spoilt("UPDATE ledgers SET sealed = x'00' WHERE ledger_id = ?"), /1 of its backups can't/],
        [
          spoilt("DELETE FROM settings WHERE name = 'wrapping-key' AND ? <> ''"),
          /none of this vault/,
        ],
      ] as const) {
        await assert.rejects(endByCopy(vault, path), { code: 'damaged', message });
      }
      const cut = spoilt('UPDATE ledgers SET revision = revision WHERE ledger_id = ?');
      truncateSync(cut, 8192);
      await assert.rejects(endByCopy(vault, cut), { code: 'damaged' });
      const { hsm, records } = vault;
      await assert.rejects(endOlderKeys({ hsm, records, copy: records }), { code: 'usage' });
      assert.equal((await hsm.wrappingKeys()).first, 1);
      await using other = await LocalVault.open();
      await assert.rejects(endByCopy(vault, await other.copy('x.sqlite')), { code: 'internal' });
      assert.equal(await endByCopy(vault, good), 2);
      await person.recover([vault], 'right');
    });

    test('go although a backup is damaged everywhere, once that is given up', async () => {
      await using vault = await open(2);
      const [person, damaged] = [new Person(), new Person()];
      for (const each of [person, damaged]) await each.setPassword([vault], 'right');
      const { backupId } = await damaged.owner();
      const { revision } = (await vault.records.read(backupId)) ?? {};
      const sealed = new Uint8Array(100);
      const change = { ledgerId: backupId, expectedRevision: revision ?? 0, sealed };
      await vault.records.commit({ ...change, dueAtMs: null });
      assert.equal(await rotate(vault), 2);
      const copy = await vault.copy('copy.sqlite');
      const refused = { code: 'damaged', message: /1 of its backups can't be read/ };
      await assert.rejects(endByCopy(vault, copy), refused);
      assert.equal(await endByCopy(vault, copy, true), 2);
      await person.recover([vault], 'right');
    });

    test('may be one behind in the copy', async () => {
      await using vault = await open(3);
      const person = new Person();
      await person.setPassword([vault], 'right');
      assert.equal(await rotate(vault), 2);
      const copy = await vault.copy('copy.sqlite');
      assert.equal(await rotate(vault), 3);
      assert.equal(await endByCopy(vault, copy), 2);
      assert.equal((await vault.hsm.wrappingKeys()).first, 2);
      await assert.rejects(endByCopy(vault, copy), { code: 'stale' });
      assert.equal(await endByCopy(vault, await vault.copy('newer.sqlite')), 3);
      assert.equal(await endByCopy(vault, await vault.copy('newest.sqlite')), 3);
      await person.recover([vault], 'right');
    });

    test('are not gone on from when none is left, and nothing stops', async () => {
      await using vault = await open(1);
      const { hsm, records } = vault;
      const { last } = await hsm.wrappingKeys();
      // The last there is, which on the software HSM is far away.
      const near: Hsm = { ...bound(hsm), wrappingKeys: async () => ({ first: 1, last: 1 }) };
      await vault.reopen(last === 1 ? {} : { hsm: near });
      const person = new Person();
      await person.setPassword([vault], 'right');
      await vault.skip(2 * WRAPPING_KEY_MS);
      await vault.skip(HOUR_MS);
      assert.equal((await readRotation(vault))?.number, 1);
      await person.recover([vault], 'right');
      const rotation = new KeyRotation({
        hsm: last === 1 ? hsm : near,
        records,
        servedMs: () => 0,
      });
      await rotation.step();
      assert.equal(await rotation.moveOn(), false);
    });

    test('follow the HSM when the database was set back', async () => {
      await using vault = await open(3);
      const person = new Person();
      await person.setPassword([vault], 'right');
      const early = await vault.copy('early.sqlite');
      assert.equal(await rotate(vault), 2);
      await endByCopy(vault, await vault.copy('copy.sqlite'));
      await vault.setBack(early);
      assert.deepEqual((await readRotation(vault))?.number, 2);
      const other = new Person();
      await other.setPassword([vault], 'right');
      await other.recover([vault], 'right');
      // What the set back database has under a destroyed key is lost, and holds up nothing once that is given up.
      assert.equal(await rotate(vault), 3);
      const copy = await vault.copy('later.sqlite');
      const refused = { code: 'damaged', message: /1 of its backups can't be read/ };
      await assert.rejects(endByCopy(vault, copy), refused);
      assert.equal(await endByCopy(vault, copy, true), 3);
      await other.recover([vault], 'right');
    });
  });
}

describe('a change of the wrapping key', () => {
  test('that is cut off at any step is gone on with, and no key is lost', async () => {
    for (let step = 1, isCutOff = true; isCutOff; step++) {
      await using vault = await LocalVault.open();
      const persons = [new Person(), new Person()];
      for (const person of persons) await person.setPassword([vault], 'right');
      const power = new Power(step);
      const cut = { hsm: power.cutting(vault.hsm), records: power.cutting(vault.records) };
      isCutOff = await power.isCut(async () => {
        await vault.reopen(cut);
        await new KeyRotation({ ...cut, servedMs: () => 0 }).step();
        await vault.skip(WRAPPING_KEY_MS);
        await vault.skip(HOUR_MS);
        const copy = openSqliteCopy(await vault.copy('copy.sqlite'));
        await endOlderKeys({ ...cut, copy }).finally(() => copy.close());
      });
      await vault.reopen();
      for (const person of persons) await person.recover([vault], 'right');
      if (isCutOff) await rotate(vault);
      const number = await endByCopy(vault, await vault.copy('again.sqlite'));
      assert.equal((await vault.hsm.wrappingKeys()).first, number);
      for (const person of persons) await person.recover([vault], 'right');
      assert.ok(step < 200);
      if (!isCutOff) assert.ok(step > 15, `${step} steps`);
    }
  });

  test('is made by several nodes at once', async () => {
    await using vault = await LocalVault.open();
    const persons = Array.from({ length: 12 }, () => new Person());
    await Promise.all(persons.map((person) => person.setPassword([vault], 'right')));
    const { hsm, records } = vault;
    let servedMs = 0;
    const rotations = Array.from(
      { length: 4 },
      () => new KeyRotation({ hsm, records, servedMs: () => servedMs }),
    );
    await Promise.all(rotations.map((rotation) => rotation.step()));
    servedMs = WRAPPING_KEY_MS;
    await Promise.all(rotations.map((rotation) => rotation.step()));
    assert.equal((await readRotation(vault))?.number, 2);
    await vault.skip(WRAPPING_KEY_MS + HOUR_MS);
    await Promise.all([vault.tend(), vault.tend(), vault.tend()]);
    assert.equal((await readWalk(vault))?.count, 12);
    assert.equal(await behind(vault, 2), 0);
    for (const person of persons) await person.recover([vault], 'right');
  });
});

/** Fails at the n-th thing that lasts, before or after it, and at all from then on. */
class Power {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  cutting<Part extends Hsm | RecordStore>(part: Part): Part {
    const lasting = ['commit', 'writeSetting', 'destroyWrappingKeysBefore'];
    return new Proxy(part, {
      get: (target, name) => {
        const member = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          this.#spend(lasting.includes(String(name)) ? 1 : 0);
          const result = await member.apply(target, args);
          this.#spend(lasting.includes(String(name)) ? 1 : 0);
          return result;
        };
      },
    });
  }

  /** Whether it failed before the end. */
  async isCut(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return false;
    } catch (error) {
      if (this.#left > 0) throw error;
      return true;
    }
  }

  #spend(steps: number): void {
    this.#left -= steps;
    if (this.#left <= 0) throw new Error('The power is off');
  }
}

/** An object of its own with all that it can do. */
function bound(hsm: Hsm): Hsm {
  return {
    identity: hsm.identity,
    sign: (...args) => hsm.sign(...args),
    makeKey: (...args) => hsm.makeKey(...args),
    evaluate: (...args) => hsm.evaluate(...args),
    rewrap: (...args) => hsm.rewrap(...args),
    seal: (...args) => hsm.seal(...args),
    open: (...args) => hsm.open(...args),
    wrappingKeys: () => hsm.wrappingKeys(),
    destroyWrappingKeysBefore: (...args) => hsm.destroyWrappingKeysBefore(...args),
    close: () => hsm.close(),
  };
}
