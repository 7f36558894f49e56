/** What the owner key alone may add to a log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askToRemove, makeTestOwner } from '../fixture/test-owner.ts';
import { freshElement, guess, prove, setPassword } from '../fixture/test-password.ts';
import { makeTestVault } from '../fixture/test-vault.ts';

const DAY_MS = 24 * 3600 * 1000;

test('an owner key alone adds 32 entries a day to a log, and more once a password was proved', async () => {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  const password = await setPassword(owner, [vault], { version: 1 });
  let version = 1;
  /** Stages and removes again, until it is refused. */
  const spend = async (): Promise<number> => {
    for (let count = 0; ; count++) {
      const { account } = owner;
      const body = { stageId: owner.crypto.randomBytes(16), version: ++version, account };
      const element = freshElement(owner);
      const token = vault.token(account, 'enrol');
      const { outcome, rest } = await ask(owner, vault, 'stage', { ...body, element }, { token });
      if (outcome !== 'done') {
        assert.equal(outcome, 'conflict');
        return count;
      }
      assert.equal((await askToRemove(owner, vault, rest.slice(0, 16))).outcome, 'done');
    }
  };
  assert.equal(await spend(), 31);
  const made = vault.evaluations.length;
  assert.equal(await spend(), 0);
  assert.equal(vault.evaluations.length, made);
  const { status } = await ask(owner, vault, 'status', {});
  const live = status.records.find(({ state }) => state === 'live');
  assert.ok(live !== undefined);
  assert.equal((await askToRemove(owner, vault, live.id)).outcome, 'conflict');

  vault.advance(DAY_MS);
  assert.equal(await spend(), 32);
  vault.advance(DAY_MS - 1);
  assert.equal(await spend(), 0);
  await prove(owner, vault, password, await guess(owner, vault, password));
  assert.equal(await spend(), 32);
});
