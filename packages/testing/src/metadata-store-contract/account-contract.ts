import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type MakeMetadata, metadataForGroup } from './metadata-under-test.ts';
import { accountOf, makeAccount, sampleAccount } from './samples.ts';

const NOW_MS = 1_700_000_000_000;

/** Accounts, keys, tokens, subjects and invites. */
export function testAccounts(makeMetadata: MakeMetadata): void {
  describe('accounts', () => {
    const subject = metadataForGroup(makeMetadata);

    test('are made once for a backup, an owner key, and a key', async () => {
      const { metadata } = subject.current;
      const first = sampleAccount();
      assert.equal(await metadata.createAccount(first), 'created');
      for (const taken of ['backupId', 'ownerKey', 'key'] as const) {
        const other = sampleAccount({ [taken]: first[taken] });
        assert.equal(await metadata.createAccount(other), 'exists', taken);
        assert.equal(await metadata.readAccount(other.accountId), null);
      }
      const account = await accountOf(metadata, first.accountId);
      for (const same of ['accountId', 'backupId', 'ownerKey', 'headKey'] as const) {
        assert.equal(hexOf(account[same]), hexOf(first[same]), same);
      }
      const { generation, revision, greatestHead, usedBytes, objects } = account;
      assert.deepEqual([generation, revision, greatestHead, usedBytes, objects], [0, 1, 0, 0, 0]);
      assert.equal(account.quotaBytes, null);
      assert.equal(account.createdAtMs, first.createdAtMs);
    });

    test('are found by owner key and by key, and by nothing that is not there', async () => {
      const { metadata } = subject.current;
      const made = sampleAccount();
      await metadata.createAccount(made);
      const owner = await metadata.findOwner(made.ownerKey);
      assert.equal(hexOf(owner?.accountId), hexOf(made.accountId));
      const key = await metadata.findKey(made.key);
      assert.equal(key?.generation, 0);
      assert.equal(hexOf(key.account.accountId), hexOf(made.accountId));
      const none = randomBytes(32);
      assert.equal(await metadata.findOwner(none), null);
      assert.equal(await metadata.findKey(none), null);
      assert.equal(await metadata.findSubject(none), null);
      assert.equal(await metadata.findToken(none, NOW_MS), null);
    });

    test('of many who race for one backup, one is made', async () => {
      const { metadata, openAgain } = subject.current;
      const other = await openAgain();
      const backupId = randomBytes(32);
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          (i % 2 === 0 ? metadata : other).createAccount(sampleAccount({ backupId })),
        ),
      );
      assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1);
      await other.close();
    });

    test('an invite is used up by one account, and by none that was not made', async () => {
      const { metadata } = subject.current;
      const inviteHash = randomBytes(32);
      assert.equal(await metadata.createAccount(sampleAccount({ inviteHash })), 'invite-missing');
      await metadata.addInvite(inviteHash);
      const { backupId } = await makeAccount(metadata);
      const known = sampleAccount({ backupId, inviteHash });
      assert.equal(await metadata.createAccount(known), 'exists');
      assert.equal(await metadata.createAccount(sampleAccount({ inviteHash })), 'created');
      assert.equal(await metadata.createAccount(sampleAccount({ inviteHash })), 'invite-missing');
    });

    test('a generation has one key, and a key one account', async () => {
      const { metadata } = subject.current;
      const made = sampleAccount();
      await metadata.createAccount(made);
      const { accountId, key } = made;
      assert.equal(await metadata.registerKey(accountId, 0, randomBytes(32)), 'exists');
      assert.equal(await metadata.registerKey(accountId, 1, randomBytes(32)), 'exists');
      const other = await makeAccount(metadata);
      assert.equal(await metadata.registerKey(other.accountId, 0, key), 'exists');
    });

    test('tokens are good until they expire, and a challenge for one of them', async () => {
      const { metadata } = subject.current;
      const { accountId } = await makeAccount(metadata);
      const challenge = { hash: randomBytes(32), expiresAtMs: NOW_MS + 500 };
      const [first, second] = [randomBytes(32), randomBytes(32)];
      const token = { accountId, generation: 0, scope: 'backup', challenge } as const;
      const expiresAtMs = NOW_MS + 1000;
      const add = (tokenHash: Uint8Array) =>
        metadata.addToken({ ...token, tokenHash, expiresAtMs });
      assert.equal(await add(first), 'added');
      assert.equal(await add(second), 'challenge-used');
      const found = await metadata.findToken(first, NOW_MS + 999);
      assert.equal(found?.scope, 'backup');
      assert.equal(hexOf(found.account.accountId), hexOf(accountId));
      assert.equal(await metadata.findToken(second, NOW_MS), null);
      assert.equal(await metadata.findToken(first, NOW_MS + 1000), null);
      await metadata.dropExpired(NOW_MS + 500);
      assert.notEqual(await metadata.findToken(first, NOW_MS), null);
      // The challenge is forgotten, for who takes challenges refuses expired ones first.
      assert.equal(await add(second), 'added');
      await metadata.dropExpired(NOW_MS + 1000);
      assert.equal(await metadata.findToken(first, NOW_MS), null);
    });

    test('the newest eight subjects are let in; one that is added again is the newest', async () => {
      const { metadata } = subject.current;
      const { accountId } = await makeAccount(metadata);
      const subjects = Array.from({ length: 9 }, () => randomBytes(32));
      for (const one of subjects.slice(0, 8)) await metadata.addSubject(accountId, one);
      const [first, second, ...others] = subjects as [Buffer, Buffer, ...Buffer[]];
      await metadata.addSubject(accountId, first);
      await metadata.addSubject(accountId, others.at(-1) as Buffer);
      assert.equal(await metadata.findSubject(second), null);
      for (const one of [first, ...others]) {
        assert.equal(hexOf((await metadata.findSubject(one))?.accountId), hexOf(accountId));
      }
      const other = await makeAccount(metadata);
      await metadata.removeSubject(other.accountId, first);
      assert.notEqual(await metadata.findSubject(first), null);
      await metadata.removeSubject(accountId, first);
      assert.equal(await metadata.findSubject(first), null);
    });

    test('what is settled first stays, for all', async () => {
      const { metadata, openAgain } = subject.current;
      const other = await openAgain();
      const values = await Promise.all(
        [metadata, other].map((one) => one.settle('test-secret', randomBytes(32))),
      );
      assert.equal(hexOf(values[0]), hexOf(values[1]));
      assert.equal(hexOf(await other.settle('test-secret', randomBytes(32))), hexOf(values[0]));
      await metadata.check();
      await other.close();
    });
  });
}

/** Databases give bytes in arrays of several kinds. */
function hexOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('hex');
}
