import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { fitsKeyRecord } from '@holdfast/core/recovery-record';
import { parseRotation, signRotation } from '@holdfast/core/rotation';
import { FaultStore } from '@holdfast/testing/fault-store';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { check } from '../check/check.ts';
import { type Acting, RotatedStore, rootKeyOf } from '../fixture/rotated-store.ts';
import { readSnapshotTree } from '../fixture/snapshot-tree.ts';
import { deriveBackupKeys } from '../repository/backup-keys.ts';
import { readKeyRecord } from '../repository/key-record.ts';
import { headName, rotationName } from '../repository/object-names.ts';
import { findSnapshot, listSnapshots } from '../snapshots/list-snapshots.ts';
import { ownersBefore } from '../witnesses/witnesses.ts';
import { rotateRoot } from './rotate-root.ts';

const makeStore = (nowMs: () => number): MemoryStore => new MemoryStore({ nowMs });

/** What is wrong, and the names of the files in each snapshot. */
async function look(own: RotatedStore, acting: Acting): Promise<unknown> {
  return await own.opened({ device: 'reader', ...acting }, async (backup) => {
    const { findings } = await check(backup);
    const snapshots: Record<number, string[]> = {};
    for (const { number } of await listSnapshots(backup)) {
      const tree = await readSnapshotTree(backup, await findSnapshot(backup, String(number)));
      snapshots[number] = [...tree.keys()].filter((path) => path !== '.').sort();
    }
    const isBad = ({ severity }: { severity: string }): boolean => severity === 'damage';
    return { bad: findings.filter(isBad).map(({ what }) => what), snapshots };
  });
}

/** The code with which a device can't open the backup; null when it can. */
async function openingCode(own: RotatedStore, acting: Acting): Promise<string | null> {
  try {
    await own.opened(acting, async () => undefined);
    return null;
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    return error.code;
  }
}

test('with the next root key all is there, nothing is uploaded again, and the key before opens nothing', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  const packs = await own.shared.names('packs/');
  await own.rotate();
  assert.deepEqual(await own.shared.names('packs/'), packs);
  assert.equal(await own.backUp('second', 2, { generation: 1 }), 2);
  assert.deepEqual(await look(own, { generation: 1 }), {
    bad: [],
    snapshots: { 1: ['./first'], 2: ['./first', './second'] },
  });
  await own.opened({ generation: 1 }, async (backup) => {
    const { head } = backup.state;
    assert.deepEqual([head.generation, head.epoch], [1, 1]);
    const record = await readKeyRecord(backup.store, undefined);
    assert.ok(record && (await fitsKeyRecord(nodeCrypto, record, rootKeyOf(1))));
  });
  for (const device of ['phone', 'lost', 'new']) {
    assert.equal(await openingCode(own, { device }), 'key-rotated');
  }
});

test('the backup keeps its id and its earlier keys, however often the root key is changed', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  const id = await own.opened({}, async (backup) => backup.id);
  for (let generation = 0; generation < 31; generation++) await own.rotate({ generation });
  await own.backUp('last', 9, { generation: 31 });
  await own.opened({ generation: 31, device: 'new' }, async (backup) => {
    assert.deepEqual(backup.id, id);
    const earlier = backup.keyring.earlierRootKeys.map((key) => key.bytes());
    assert.deepEqual(
      earlier,
      Array.from({ length: 31 }, (_, i) => rootKeyOf(i).bytes()),
    );
    const names = await own.shared.names();
    const keys = { rootKey: rootKeyOf(31), nextKey: rootKeyOf(32), carried: null };
    await assert.rejects(rotateRoot(backup, keys), { code: 'limit-exceeded' });
    assert.deepEqual(await own.shared.names(), names);
  });
  for (const generation of [0, 7, 30]) {
    assert.equal(await openingCode(own, { generation }), 'key-rotated');
  }
  const { bad } = (await look(own, { generation: 31 })) as { bad: unknown };
  assert.deepEqual(bad, []);
});

test('cut off before or after any call, one of the keys is in force, and it can be done again', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  const reset = await own.shared.save();
  const counted = new FaultStore(own.shared.store);
  await own.rotate({ store: counted });
  await reset();
  // Nothing is changed by other calls than puts.
  const nths = [...counted.calls.entries()].flatMap(([i, { call }]) =>
    call === 'put' || process.env.SLOW === '1' ? [i + 1] : [],
  );
  const seen = new Set<string>();
  for (const nth of nths) {
    for (const kind of ['fail', 'fail-after'] as const) {
      const fault = { kind, code: 'store-denied' } as const;
      const cut = new FaultStore(own.shared.store, [
        { nth, times: Number.POSITIVE_INFINITY, fault },
      ]);
      await assert.rejects(own.rotate({ store: cut }), { code: 'store-denied' });
      const [before, after] = [
        await openingCode(own, { device: 'new' }),
        await openingCode(own, { device: 'new', generation: 1 }),
      ];
      const isDone = after === null;
      assert.deepEqual([before, after], isDone ? ['key-rotated', null] : [null, 'wrong-key']);
      seen.add(String(isDone));
      if (isDone) await own.finish({ generation: 1 });
      else {
        // Meanwhile life goes on.
        if (nth % 2 === 0) await own.backUp('between', 5, { device: 'laptop' });
        await own.rotate();
      }
      await own.backUp('second', 2, { generation: 1 });
      const { bad } = (await look(own, { generation: 1 })) as { bad: unknown };
      assert.deepEqual(bad, [], `${kind} at call ${nth}`);
      await reset();
    }
  }
  assert.deepEqual(seen, new Set(['true', 'false']));
});

test('of two devices that change the root key at once, one does, and the other is told', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  const ends = await Promise.allSettled([
    own.rotate({ device: 'phone', rival: 1 }),
    own.rotate({ device: 'laptop', rival: 2 }),
  ]);
  const codes = ends.map((end) => (end.status === 'rejected' ? end.reason.code : null));
  assert.deepEqual(codes.toSorted(), ['key-rotated', null]);
  for (const [i, code] of codes.entries()) {
    const opening = await openingCode(own, { device: 'new', generation: 1, rival: i + 1 });
    assert.equal(opening, code === null ? null : 'wrong-key');
  }
});

/** A store that has something done right before its n-th call. */
class MeddledStore extends FaultStore {
  hasMeddled = false;

  constructor(own: RotatedStore, nth: number, meddle: () => Promise<void>) {
    super(own.shared.store);
    let calls = 0;
    for (const call of ['put', 'get', 'stat'] as const) {
      const inner = super[call].bind(this) as (...args: unknown[]) => Promise<never>;
      this[call] = async (...args: unknown[]): Promise<never> => {
        if (++calls === nth) {
          this.hasMeddled = true;
          await meddle();
        }
        return await inner(...args);
      };
    }
  }
}

interface Outcome {
  readonly snapshots: Readonly<Record<number, string[]>>;
}

test('a backup at any moment of a rotation is in the history that goes on, or is refused', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  const reset = await own.shared.save();
  const outcomes = new Set<string | null>();
  for (let nth = 1, isOver = false; !isOver; nth++) {
    let code: string | null = null;
    const store = new MeddledStore(own, nth, async () => {
      await own.backUp('of-laptop', 3, { device: 'laptop' }).catch((error: HoldfastError) => {
        code = error.code;
      });
    });
    await own.rotate({ store });
    isOver = !store.hasMeddled;
    const { snapshots } = (await look(own, { generation: 1 })) as Outcome;
    const expected = isOver || code !== null ? [1] : [1, 2];
    assert.deepEqual(Object.keys(snapshots).map(Number), expected, `at call ${nth}: ${code}`);
    outcomes.add(code);
    await reset();
  }
  assert.deepEqual(outcomes, new Set([null, 'key-rotated']));
});

test('a rotation at any moment of a backup keeps it, or has it refused', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  const reset = await own.shared.save();
  const outcomes = new Set<string | null>();
  const stride = process.env.SLOW === '1' ? 1 : 4;
  for (let nth = 1, isOver = false; !isOver; nth += stride) {
    let code: string | null = null;
    const store = new MeddledStore(own, nth, () => own.rotate({ device: 'laptop' }));
    await own.backUp('second', 3, { store }).catch((error: HoldfastError) => {
      code = error.code;
    });
    isOver = !store.hasMeddled;
    if (!isOver) {
      const { snapshots } = (await look(own, { generation: 1 })) as Outcome;
      const expected = code === null ? [1, 2] : [1];
      assert.deepEqual(Object.keys(snapshots).map(Number), expected, `at call ${nth}: ${code}`);
      outcomes.add(code);
    }
    await reset();
  }
  assert.ok(outcomes.has('key-rotated'));
  assert.ok(outcomes.isSubsetOf(new Set([null, 'key-rotated'])));
});

/** Rotates while another device passes over the first head. @returns How often a certificate was put. */
async function rotateLate(own: RotatedStore): Promise<number> {
  const late = new FaultStore(own.shared.store);
  let certificates = 0;
  late.put = async (name, bytes) => {
    if (name.startsWith('rotations/') && certificates++ === 0) {
      await own.backUp('of-laptop', 3, { device: 'laptop' });
    }
    return await own.shared.store.put(name, bytes);
  };
  await own.rotate({ store: late });
  return certificates;
}

test('a first head that another device has passed over never becomes one', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  assert.equal(await rotateLate(own), 2);
  const { snapshots } = (await look(own, { generation: 1 })) as { snapshots: object };
  assert.equal(Object.keys(snapshots).length, 2);
});

test('a store that hides the certificate hides the next root key, and opens nothing by it', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  await own.rotate();
  const [name] = await own.shared.names('rotations/');
  assert.equal(name, rotationName(3));
  await own.shared.store.delete(rotationName(3));
  assert.equal(await openingCode(own, { device: 'new', generation: 1 }), 'damaged');
  // What is no certificate of this rotation is as good as none.
  for (const junk of [new Uint8Array(516), new Uint8Array(3)]) {
    await own.shared.store.put(rotationName(3), junk);
    assert.equal(await openingCode(own, { device: 'new', generation: 1 }), 'damaged');
    assert.equal(await openingCode(own, { device: 'new' }), null);
    await own.shared.store.delete(rotationName(3));
  }
});

test('junk far above locks nobody out who has the next key, and remembers nothing', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  await own.rotate();
  for (let i = 0; i < 40; i++) await own.shared.store.put(headName(999_999 + i), new Uint8Array(9));
  assert.equal(await openingCode(own, { device: 'new', generation: 1 }), null);
  assert.equal(await openingCode(own, { device: 'new', generation: 1, rival: 1 }), 'wrong-key');
});

test('a first head that was refused is no head, though the next key signed it', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  await rotateLate(own);
  const heads = (await own.shared.names('heads/')).toSorted();
  await own.opened({ generation: 1, device: 'new' }, async ({ keys, newestHead }) => {
    assert.equal(newestHead?.number, keys.firstHead?.number);
    assert.equal(heads.at(-1), headName(newestHead?.number as number));
  });
  await own.shared.store.delete(heads.at(-1) as string);
  assert.equal(await openingCode(own, { device: 'other', generation: 1 }), 'damaged');
});

test('vaults are shown the certificate of the key in force, not what the one before signed besides', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  const before = await deriveBackupKeys(nodeCrypto, rootKeyOf(0));
  const thief = await deriveBackupKeys(nodeCrypto, rootKeyOf(9));
  await own.rotate();
  const forged = await signRotation(
    nodeCrypto,
    {
      ...{ backupId: before.backupId, generation: 1, ownerBefore: before.ownerPublicKey },
      ...{ ownerAfter: thief.ownerPublicKey, headKeyAfter: thief.headPublicKey },
      firstHead: { number: 1, hash: new Uint8Array(32).fill(1) },
      bridge: null,
    },
    { before: before.ownerSeed, after: thief.ownerSeed, proof: null },
  );
  await own.shared.store.put(rotationName(1), forged);
  await own.opened({ generation: 1, device: 'new' }, async (backup) => {
    const [owner, ...others] = await ownersBefore(backup, undefined);
    assert.equal(others.length, 0);
    const shown = await owner?.rotation();
    const rotation = await parseRotation(nodeCrypto, shown?.certificate ?? new Uint8Array());
    assert.deepEqual(rotation.ownerAfter, backup.keys.ownerPublicKey);
  });
});

test('a rotation that is not listed yet is noticed by who would pass over its first head', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  await own.rotate();
  const late = new FaultStore(own.shared.store);
  late.list = async function* (prefix, options) {
    if (!prefix.startsWith('rotations/')) yield* own.shared.store.list(prefix, options);
  };
  const backingUp = own.backUp('second', 2, { device: 'laptop', store: late });
  await assert.rejects(backingUp, { code: 'key-rotated' });
});

test('what a device remembers by the key before it goes on remembering by the next', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  await own.backUp('second', 2, { device: 'laptop' });
  // The store loses it.
  await own.shared.store.delete(headName(3));
  await own.rotate({ device: 'new' });
  assert.equal(await openingCode(own, { generation: 1, device: 'other' }), null);
  assert.equal(await openingCode(own, { generation: 1, device: 'laptop' }), 'stale');
  await own.rotate({ device: 'new', generation: 1 });
  assert.equal(await openingCode(own, { generation: 2, device: 'laptop' }), 'stale');
  assert.equal(await openingCode(own, { generation: 2 }), null);
});

test('a device finds its way from a head of the key before, over several rotations and backups', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  await own.opened({ device: 'laptop' }, async () => undefined);
  await own.backUp('second', 2);
  await own.rotate();
  await own.backUp('third', 3, { generation: 1 });
  await own.rotate({ generation: 1 });
  assert.equal(await openingCode(own, { generation: 2, device: 'laptop' }), null);
});

test('rotateRoot() refuses the key that is in force as the next', async (t) => {
  const own = await RotatedStore.begin(t, makeStore);
  const names = await own.shared.names();
  await own.opened({}, async (backup) => {
    const keys = { rootKey: rootKeyOf(0), nextKey: rootKeyOf(0), carried: null };
    await assert.rejects(rotateRoot(backup, keys), RangeError);
  });
  assert.deepEqual(await own.shared.names(), names);
});
