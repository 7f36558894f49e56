import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type MakeMetadata, metadataForGroup } from './metadata-under-test.ts';
import { accountOf, makeAccount, placedObject, placeOf, sampleObject } from './samples.ts';

const NOW_MS = 1_700_000_000_000;

/** Objects: put once, counted, listed, put aside, ended. */
export function testObjects(makeMetadata: MakeMetadata): void {
  describe('objects', () => {
    const subject = metadataForGroup(makeMetadata);

    test('are put once, and counted', async () => {
      const { metadata } = subject.current;
      const { accountId } = await makeAccount(metadata);
      const [small, large] = [sampleObject(accountId), placedObject(accountId)];
      for (const object of [small, large]) {
        assert.equal(await metadata.putObject(object), 'stored');
        assert.equal(await metadata.putObject(object), 'exists');
      }
      const found = await metadata.findObject(accountId, small.name);
      assert.equal(found?.lengthBytes, 100);
      assert.ok(Buffer.from(small.hash).equals(found.hash));
      assert.equal(found.place, null);
      const bytes = await metadata.readInline(accountId, small.name);
      assert.ok(small.content.kind === 'inline' && bytes !== null);
      assert.ok(Buffer.from(small.content.bytes).equals(bytes));
      const placed = await metadata.findObject(accountId, large.name);
      assert.ok(placed?.place && Buffer.from(placeOf(large)).equals(placed.place));
      assert.equal(await metadata.readInline(accountId, large.name), null);
      const { usedBytes, objects } = await accountOf(metadata, accountId);
      assert.deepEqual([usedBytes, objects], [200, 2]);
    });

    test('of one account are nothing to another', async () => {
      const { metadata } = subject.current;
      const [a, b] = [await makeAccount(metadata), await makeAccount(metadata)];
      const object = placedObject(a.accountId);
      await metadata.putObject(object);
      assert.equal(await metadata.findObject(b.accountId, object.name), null);
      assert.equal(await metadata.deleteObject(b.accountId, object.name, NOW_MS), false);
      assert.equal(await metadata.hasPlace(b.accountId, placeOf(object)), false);
      const page = { prefix: '', after: null, limit: 10 };
      assert.deepEqual(await metadata.listObjects(b.accountId, page), []);
      assert.equal(await metadata.putObject({ ...object, accountId: b.accountId }), 'stored');
    });

    test('are no more than the quota, however many come at once', async () => {
      const { metadata, openAgain } = subject.current;
      const other = await openAgain();
      const { accountId } = await makeAccount(metadata);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 === 0 ? metadata : other).putObject(sampleObject(accountId, { quotaBytes: 550 })),
        ),
      );
      assert.equal(outcomes.filter((outcome) => outcome === 'stored').length, 5);
      assert.equal(outcomes.filter((outcome) => outcome === 'full').length, 15);
      assert.equal((await accountOf(metadata, accountId)).usedBytes, 500);
      await other.close();
    });

    test('are listed in order of name, from any place, by any beginning', async () => {
      const { metadata } = subject.current;
      const { accountId } = await makeAccount(metadata);
      const names = ['a-b/c', 'a/b', 'a/b-c', 'a/b.c', 'a/b/c', 'b/a'];
      for (const name of names.toReversed()) {
        await metadata.putObject(sampleObject(accountId, { name }));
      }
      const list = async (prefix: string, after: string | null, limit = 100) => {
        const found = await metadata.listObjects(accountId, { prefix, after, limit });
        return found.map(({ name }) => name);
      };
      assert.deepEqual(await list('', null), names);
      assert.deepEqual(await list('a/', null), names.slice(1, 5));
      assert.deepEqual(await list('a/b', 'a/b'), names.slice(2, 5));
      assert.deepEqual(await list('', 'a/b-c', 2), names.slice(3, 5));
      assert.deepEqual(await list('a/', 'b/a'), []);
      assert.deepEqual(await list('b', 'a'), ['b/a']);
      assert.deepEqual(await list('c', null), []);
    });

    test('that are put aside are gone, their names are free, and their places known', async () => {
      const { metadata } = subject.current;
      const { accountId } = await makeAccount(metadata);
      const object = placedObject(accountId);
      await metadata.putObject(object);
      assert.equal(await metadata.deleteObject(accountId, object.name, NOW_MS), true);
      assert.equal(await metadata.deleteObject(accountId, object.name, NOW_MS), false);
      assert.equal(await metadata.findObject(accountId, object.name), null);
      assert.equal((await accountOf(metadata, accountId)).usedBytes, 0);
      assert.equal(await metadata.hasPlace(accountId, placeOf(object)), true);
      const again = placedObject(accountId, { name: object.name });
      assert.equal(await metadata.putObject(again), 'stored');
      assert.deepEqual(await metadata.takeDeleted(NOW_MS - 1, 10), []);
      const taken = await metadata.takeDeleted(NOW_MS, 10);
      assert.equal(taken.length, 1);
      assert.ok(Buffer.from(placeOf(object)).equals(taken[0]?.place ?? Buffer.alloc(0)));
      assert.equal(await metadata.hasPlace(accountId, placeOf(object)), false);
      assert.notEqual(await metadata.findObject(accountId, object.name), null);
      assert.equal((await accountOf(metadata, accountId)).objects, 1);
    });

    test('that lie in the database are taken out with their bytes', async () => {
      const { metadata } = subject.current;
      const { accountId } = await makeAccount(metadata);
      for (let i = 0; i < 3; i++) {
        const object = sampleObject(accountId);
        await metadata.putObject(object);
        await metadata.deleteObject(accountId, object.name, NOW_MS + i);
      }
      assert.equal((await metadata.takeDeleted(NOW_MS + 2, 2)).length, 2);
      const rest = await metadata.takeDeleted(NOW_MS + 2, 2);
      assert.deepEqual(
        rest.map(({ place }) => place),
        [null],
      );
    });

    test('heads go on from the revision that they were judged by', async () => {
      const { metadata } = subject.current;
      const { accountId } = await makeAccount(metadata);
      const head = (number: number, expectedRevision: number, isSigned = true) =>
        metadata.putObject(
          sampleObject(accountId, {
            name: `heads/00000000000${number}`,
            advance: { kind: 'head', expectedRevision, number, isSigned },
          }),
        );
      assert.equal(await head(1, 2), 'conflict');
      assert.equal(await head(1, 1), 'stored');
      assert.equal(await head(1, 1), 'exists');
      assert.equal(await head(2, 1), 'conflict');
      assert.equal(await head(2, 2), 'stored');
      assert.equal(await head(3, 3, false), 'stored');
      const { greatestHead, revision } = await accountOf(metadata, accountId);
      assert.deepEqual([greatestHead, revision], [3, 4]);
      const below = (name: string) => metadata.findSignedBelow(accountId, 'heads/', name);
      assert.equal((await below('heads/000000000004'))?.name, 'heads/000000000002');
      assert.equal((await below('heads/000000000002'))?.name, 'heads/000000000001');
      assert.equal(await below('heads/000000000001'), null);
    });

    test('a rotation changes keys, ends tokens, and signs its first head', async () => {
      const { metadata } = subject.current;
      for (const keepsSubjects of [false, true]) {
        const { accountId } = await makeAccount(metadata);
        const headName = 'heads/000000000001';
        const first = { kind: 'head', expectedRevision: 1, number: 1, isSigned: false } as const;
        await metadata.putObject(sampleObject(accountId, { name: headName, advance: first }));
        const [tokenHash, recovery] = [randomBytes(32), randomBytes(32)];
        const expiresAtMs = NOW_MS + 1000;
        const token = { tokenHash, accountId, generation: 0, expiresAtMs, challenge: null };
        await metadata.addToken({ ...token, scope: 'backup' });
        await metadata.addSubject(accountId, recovery);
        const [ownerKey, headKey] = [randomBytes(32), randomBytes(32)];
        const advance = {
          kind: 'rotation',
          expectedRevision: 2,
          ...{ ownerKey, headKey, headName, keepsSubjects },
        } as const;
        const name = 'rotations/000000000001';
        assert.equal(
          await metadata.putObject(sampleObject(accountId, { name, advance })),
          'stored',
        );
        const account = await accountOf(metadata, accountId);
        assert.deepEqual([account.generation, account.revision], [1, 3]);
        assert.ok(ownerKey.equals(account.ownerKey) && headKey.equals(account.headKey));
        assert.equal(await metadata.findToken(tokenHash, NOW_MS), null);
        assert.equal((await metadata.findSubject(recovery)) !== null, keepsSubjects);
        const signed = await metadata.findSignedBelow(accountId, 'heads/', 'heads/000000000002');
        assert.equal(signed?.name, headName);
        // One that was let in right before, and noted right after.
        const late = { ...token, tokenHash: randomBytes(32), scope: 'backup' } as const;
        await metadata.addToken(late);
        assert.equal(await metadata.findToken(late.tokenHash, NOW_MS), null);
        const key = randomBytes(32);
        assert.equal(await metadata.registerKey(accountId, 0, randomBytes(32)), 'exists');
        assert.equal(await metadata.registerKey(accountId, 1, key), 'registered');
        assert.equal((await metadata.findKey(key))?.generation, 1);
      }
    });

    test('are there for who opens the database afterwards', async () => {
      const { metadata, openAgain } = subject.current;
      const { accountId } = await makeAccount(metadata);
      const object = sampleObject(accountId);
      await metadata.putObject(object);
      const again = await openAgain();
      assert.notEqual(await again.readInline(accountId, object.name), null);
      await again.close();
      await again.close();
    });
  });
}
