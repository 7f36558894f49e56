import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  type Address,
  decodeRoot,
  decodeTableNode,
  encodeSnapshotEntry,
  sealHeadState,
  snapshotKey,
  type TableLayer,
} from '@holdfast/core/backup-format';
import { signHead } from '@holdfast/core/head';
import { check } from '../check/check.ts';
import { isDamage } from '../damage.ts';
import { damageBlob } from '../fixture/damaged-list.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { fixtureKey, type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { forget } from '../forget/forget.ts';
import { prune } from '../prune/prune.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';
import { TableBuilder } from '../table/index.ts';
import { acceptOlderState } from './accept-older-state.ts';
import type { Backup } from './backup.ts';
import { headName, keyringName, packName } from './object-names.ts';
import { type OpenOptions, openBackup } from './open-backup.ts';
import { WriteSession } from './write-session.ts';

/** Heads 1 to 3; snapshots 1 and 2. */
async function twoSnapshots(t: TestContext): Promise<TemporaryBackup> {
  const own = await temporaryBackup(t);
  for (const text of ['one', 'two']) {
    writeFileSync(own.path('file'), text);
    await own.backUp();
  }
  return own;
}

async function opened<Result>(
  own: TemporaryBackup,
  options: Partial<OpenOptions> & { name?: string },
  act: (backup: Backup) => Promise<Result> | Result,
): Promise<Result> {
  const { name = 'phone', ...rest } = options;
  const backup = await openBackup(own.store, fixtureKey(), { device: own.device(name), ...rest });
  try {
    return await act(backup);
  } finally {
    await backup.close();
  }
}

const countSnapshots = async (backup: Backup): Promise<number> =>
  (await listSnapshots(backup)).length;

/** Makes a blob of the newest state unreadable. */
type Harm = (own: TemporaryBackup) => Promise<void>;

const LOST_ROOT: Harm = async (own) => {
  const pack = await opened(own, {}, ({ state }) => {
    const { stream, offset } = state.headState.root;
    return packName(state.segments.resolve(stream, offset, 1)[0]?.pack.name as Uint8Array);
  });
  rmSync(join(own.storeFolder, pack));
};
/** A list of snapshots so long that a part of it lies in a frame of its own. */
const BROKEN_CATALOG: Harm = (own) =>
  opened(own, {}, async (backup) => {
    const [first] = await listSnapshots(backup);
    assert.ok(first !== undefined);
    const session = new WriteSession(backup, { packBuffers: 8 });
    const { root } = await session.commit([], async (_, { write }) => {
      const builder = new TableBuilder(write);
      for (let number = 1; number <= 1500; number++) {
        const deviceName = randomBytes(120, number).toHex();
        await builder.add(snapshotKey(number), (book) =>
          encodeSnapshotEntry(book, { ...first, deviceName }),
        );
      }
      return { catalog: [(await builder.finish()) as TableLayer], nextSnapshotNumber: 1501 };
    });
    const { read } = backup.reader();
    const node = decodeTableNode(await read(root.catalog[0]?.root as Address));
    damageBlob(own, backup, node.addresses[3] as Address);
    assert.ok(decodeRoot(await read(backup.state.headState.root)));
  });

describe('a newest state that can not be read', () => {
  const harms: readonly [string, Harm, number][] = [
    ['its root is lost', LOST_ROOT, 1],
    ['its list of snapshots is damaged', BROKEN_CATALOG, 2],
  ];
  for (const [what, harm, left] of harms) {
    test(`is gone past when the person says so, by every device: ${what}`, async (t) => {
      const own = await twoSnapshots(t);
      await opened(own, { name: 'tablet' }, () => undefined);
      await harm(own);
      for (const name of ['phone', 'new']) {
        await assert.rejects(own.backUp({ device: name }), isDamage);
        assert.equal(await opened(own, { name, onDamage: 'read-older' }, countSnapshots), left);
      }
      const older = { onStale: 'accept', onDamage: 'read-older' } as const;
      assert.equal(await opened(own, older, (backup) => acceptOlderState(backup)), true);
      assert.equal(await opened(own, older, (backup) => acceptOlderState(backup)), false);
      for (const name of ['phone', 'tablet', 'new']) {
        assert.equal(await opened(own, { name }, countSnapshots), left);
      }
      writeFileSync(own.path('file'), 'three');
      await own.backUp({ device: 'tablet' });
      const { to } = await own.restore();
      assert.equal(readFileSync(join(to, 'source/file'), 'utf8'), 'three');
      const { findings } = await opened(own, {}, (backup) => check(backup));
      assert.deepEqual(
        findings.filter(({ severity }) => severity === 'damage'),
        [],
      );
      await opened(own, {}, (backup) => forget(backup, { numbers: [1], evenLast: true }));
      await opened(own, {}, (backup) => prune(backup, { graceMs: 0 }));
      assert.equal(await opened(own, {}, countSnapshots), left);
    });
  }

  test('is not gone past when a newer version wrote it', async (t) => {
    const own = await twoSnapshots(t);
    await opened(own, {}, async ({ crypto, keys, keyring, keyringHash, state }) => {
      const object = readFileSync(join(own.storeFolder, keyringName(keyringHash)));
      object.writeUInt8(2, 7);
      const hash = await crypto.sha256(object);
      writeFileSync(join(own.storeFolder, keyringName(hash)), object);
      const { head, headState, nextNumber: number } = state;
      const { hash: previousHash, backupId, generation, epoch } = head;
      const link = { backupId, generation, number, previousHash, keyringHash: hash, epoch };
      const sealed = await sealHeadState(crypto, keyring, link, headState);
      const signed = await signHead(crypto, keys.headSeed, sealed);
      writeFileSync(join(own.storeFolder, headName(number)), signed);
    });
    const older = { onStale: 'accept', onDamage: 'read-older' } as const;
    await assert.rejects(
      opened(own, older, (backup) => acceptOlderState(backup)),
      { code: 'format-too-new' },
    );
    assert.equal(own.objects('heads/').size, 4);
  });

  test('is left to the device that was first', async (t) => {
    const own = await twoSnapshots(t);
    await LOST_ROOT(own);
    const older = { onStale: 'accept', onDamage: 'read-older' } as const;
    await opened(own, older, async (late) => {
      await opened(own, { name: 'tablet', ...older }, (backup) => acceptOlderState(backup));
      await assert.rejects(acceptOlderState(late), { code: 'contention' });
    });
    assert.equal(await opened(own, older, (backup) => acceptOlderState(backup)), false);
  });

  test('is not gone past when there is none that can be', async (t) => {
    const own = await twoSnapshots(t);
    const keyring = await opened(own, {}, ({ keyringHash }) => keyringName(keyringHash));
    rmSync(join(own.storeFolder, keyring));
    const older = { onStale: 'accept', onDamage: 'read-older' } as const;
    await assert.rejects(
      opened(own, older, (backup) => acceptOlderState(backup)),
      { code: 'object-missing', message: /keyring/ },
    );
  });
});
