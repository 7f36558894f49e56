import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../errors/index.ts';
import { HEAD_BYTES } from '../../head/index.ts';
import { ROTATION_BYTES } from '../../rotation/index.ts';
import { Secret } from '../../secret/index.ts';
import { ask, makeRequest, makeTestOwner, send, type TestOwner } from '../fixture/test-owner.ts';
import {
  enrol,
  freshElement,
  guess,
  setPassword,
  stagePassword,
  type TestPassword,
} from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { REQUEST_KINDS, type RequestBodies, type RequestKind } from '../messages/index.ts';

interface World {
  readonly owner: TestOwner;
  readonly vault: TestVault;
  readonly password: TestPassword;
}

async function withPassword(): Promise<World> {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  return { owner, vault, password: await setPassword(owner, [vault], { version: 1 }) };
}

type Body = RequestBodies[RequestKind];

/** A sound body of each kind but `hello`. */
function bodies({ owner, password }: World): readonly (readonly [RequestKind, Body])[] {
  const { ownerPublicKey, headPublicKey, account, crypto } = owner;
  const { record, certificate, hash } = password;
  const attemptId = crypto.randomBytes(16);
  const element = freshElement(owner);
  const recordId = password.vaults[0]?.recordId ?? new Uint8Array(16);
  const head = new Uint8Array(HEAD_BYTES);
  const given: { readonly [Kind in RequestKind]: RequestBodies[Kind] } = {
    hello: {},
    enrol: { ownerPublicKey, headPublicKey },
    stage: { stageId: attemptId, version: 2, account, element },
    commit: { record, certificate },
    retire: {},
    status: {},
    record: { recordHash: hash },
    guess: { recordHash: hash, attemptId, element },
    proof: { attemptId, sentHash: account, answeredHash: account },
    remove: { recordId, seenNumber: 9, proof: null },
    cancel: { recordId, seenNumber: 9 },
    log: { from: 1 },
    witness: { heads: [head] },
    head: {},
    rebase: { displacedHash: hash, head },
    rotate: { certificate: new Uint8Array(ROTATION_BYTES), head, displacedHash: null },
  };
  return REQUEST_KINDS.slice(1).map((kind) => [kind, given[kind]]);
}

/** What an error tells a caller. */
async function failureOf(answer: Promise<unknown>): Promise<readonly string[]> {
  try {
    await answer;
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    return [error.code, error.message];
  }
  return [];
}

test('who has neither key nor token learns the same of a backup that is there and of one that is not', async () => {
  const world = await withPassword();
  const { owner, vault, password } = world;
  const stranger = new Secret(owner.crypto.randomBytes(32));
  const absent = await makeTestOwner('absent');
  const seen = new Set<string>();
  for (const [kind, body] of bodies(world)) {
    for (const asked of [owner, { ...absent, account: owner.account }]) {
      for (const token of [null, vault.token(asked.crypto.randomBytes(32), 'guess')]) {
        const signed = ask(asked, vault, kind, body, { signedBy: stranger, token });
        seen.add((await failureOf(signed)).join(': '));
      }
    }
  }
  assert.deepEqual([...seen], ['not-authorised: Cannot answer: the request is not authorised']);
  assert.equal((await guess(owner, vault, password)).outcome, 'done');
});

test('a refusal takes as many checks of signatures where there is no backup', async ({ mock }) => {
  const world = await withPassword();
  const { owner, vault } = world;
  const absent = await makeTestOwner('absent');
  const stranger = new Secret(owner.crypto.randomBytes(32));
  const { mock: checks } = mock.method(vault.crypto, 'ed25519Verify');
  for (const [kind, body] of bodies(world)) {
    const counts: number[] = [];
    for (const asked of [owner, absent]) {
      const token = vault.token(owner.crypto.randomBytes(32), 'guess');
      const bytes = await makeRequest(asked, vault, kind, body, stranger);
      checks.resetCalls();
      assert.equal((await failureOf(vault.ask(bytes, token)))[0], 'not-authorised');
      counts.push(checks.callCount());
    }
    assert.equal(counts[0], counts[1], kind);
    assert.equal(counts[0], kind === 'guess' ? 0 : 1, kind);
  }
});

test('a damaged request does not show whether a backup is there', async () => {
  const world = await withPassword();
  const { owner, vault } = world;
  const absent = await makeTestOwner('absent');
  const stranger = new Secret(owner.crypto.randomBytes(32));
  for (const [kind, body] of bodies(world)) {
    const codes: (string | undefined)[] = [];
    for (const asked of [owner, absent]) {
      const bytes = await makeRequest(asked, vault, kind, body, stranger);
      for (const damaged of [bytes.slice(0, -1), Uint8Array.from([...bytes, 0])]) {
        codes.push((await failureOf(vault.ask(damaged)))[0]);
      }
    }
    assert.deepEqual(
      codes,
      codes.map(() => 'damaged'),
      kind,
    );
  }
});

test('each request is for one vault, and for one backup', async () => {
  const world = await withPassword();
  const { owner, vault } = world;
  const other = makeTestVault({ seed: 'other' });
  const neighbour = await makeTestOwner('neighbour');
  await setPassword(neighbour, [vault], { version: 1 });
  await setPassword(owner, [other], { version: 1 });
  for (const [kind, body] of bodies(world)) {
    const token = vault.token(owner.account, kind === 'guess' ? 'guess' : 'enrol');
    const elsewhere = await makeRequest(owner, other, kind, body);
    assert.deepEqual((await failureOf(vault.ask(elsewhere, token)))[0], 'not-authorised', kind);
    if (kind === 'guess') continue;
    const { backupId } = neighbour;
    const swapped = await makeRequest({ ...owner, backupId }, vault, kind, body);
    assert.deepEqual((await failureOf(vault.ask(swapped, token)))[0], 'not-authorised', kind);
    const bytes = await makeRequest(owner, vault, kind, body);
    bytes.set(backupId, 41);
    assert.deepEqual((await failureOf(vault.ask(bytes, token)))[0], 'not-authorised', kind);
  }
});

test('a token for guesses asks for status, records and commits; one to enrol does not', async () => {
  const world = await withPassword();
  const { owner, vault } = world;
  for (const [kind, body] of bodies(world)) {
    if (!['status', 'record', 'commit'].includes(kind)) continue;
    const options = { signedBy: null, token: vault.token(owner.account, 'guess') };
    for (let i = 0; i < 2; i++) {
      assert.equal((await ask(owner, vault, kind, body, options)).outcome, 'done');
    }
    for (const token of [
      null,
      vault.token(owner.account, 'enrol'),
      vault.token(owner.crypto.randomBytes(32), 'guess'),
    ]) {
      const asked = ask(owner, vault, kind, body, { signedBy: null, token });
      assert.equal((await failureOf(asked))[0], 'not-authorised');
    }
  }
});

test('a consumed token asks for the status still, and the owner does with any token', async () => {
  const { owner, vault, password } = await withPassword();
  const { token } = await guess(owner, vault, password);
  assert.equal((await ask(owner, vault, 'status', {}, { signedBy: null, token })).outcome, 'done');
  const other = vault.token(owner.crypto.randomBytes(32), 'enrol');
  assert.equal((await ask(owner, vault, 'status', {}, { token: other })).outcome, 'done');
});

test('no key of the owner, and no token to enrol, buys a guess', async () => {
  const { owner, vault, password } = await withPassword();
  const body = {
    recordHash: password.hash,
    attemptId: owner.crypto.randomBytes(16),
    element: freshElement(owner),
  };
  for (const token of [null, vault.token(owner.account, 'enrol')]) {
    const asked = ask(owner, vault, 'guess', body, { token });
    assert.equal((await failureOf(asked))[0], 'not-authorised');
  }
});

test('a record is guessed at with tokens of its own account', async () => {
  const { owner, vault, password } = await withPassword();
  const account = owner.crypto.randomBytes(32);
  const other = { ...owner, account };
  const second = await setPassword(other, [vault], { version: 2, provedBy: password });
  assert.equal((await guess(owner, vault, password)).outcome, 'done');
  assert.equal((await guess(other, vault, second)).outcome, 'done');
  assert.equal((await failureOf(guess(owner, vault, second)))[0], 'not-authorised');
  assert.equal((await failureOf(guess(other, vault, password)))[0], 'not-authorised');
  const unknown = { ...second, hash: account };
  assert.equal((await guess(owner, vault, unknown)).outcome, 'not-evaluable');
  await ask(owner, vault, 'retire', {}, { signedBy: second.proofSeed });
  assert.equal((await failureOf(guess(owner, vault, password)))[0], 'not-authorised');
});

test('who comes when all is destroyed is told so, with a token of its account', async () => {
  const { owner, vault, password } = await withPassword();
  for (let i = 0; i < 10; i++) {
    vault.advance(12 * 3600 * 1000);
    await guess(owner, vault, password, owner.account);
  }
  vault.advance(7 * 24 * 3600 * 1000);
  const { outcome, status } = await guess(owner, vault, password);
  assert.deepEqual([outcome, status.records[0]?.state], ['not-evaluable', 'destroyed']);
  await stagePassword({ ...owner, account: owner.crypto.randomBytes(32) }, [vault], { version: 2 });
  assert.equal((await failureOf(guess(owner, vault, password)))[0], 'not-authorised');
});

test('a ledger is made once, for its owner, with a token that is then used up', async () => {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  const { ownerPublicKey, headPublicKey, crypto } = owner;
  const body = { ownerPublicKey, headPublicKey };
  const token = vault.token(owner.account, 'enrol');
  for (const wrong of [null, vault.token(owner.account, 'guess')]) {
    const asked = ask(owner, vault, 'enrol', body, { token: wrong });
    assert.equal((await failureOf(asked))[0], 'not-authorised');
  }
  const other = await makeTestOwner('other');
  const foreign = ask({ ...owner, backupId: other.backupId }, vault, 'enrol', body, { token });
  assert.equal((await failureOf(foreign))[0], 'not-authorised');
  assert.equal((await ask(owner, vault, 'enrol', body, { token })).outcome, 'done');
  assert.equal((await ask(owner, vault, 'enrol', body)).outcome, 'done');
  assert.equal(vault.log(owner.backupId).length, 1);
  const withOtherHead = { ownerPublicKey, headPublicKey: crypto.randomBytes(32) };
  assert.equal((await ask(owner, vault, 'enrol', withOtherHead)).outcome, 'conflict');
  assert.equal(
    (
      await failureOf(
        ask(
          other,
          vault,
          'enrol',
          {
            ownerPublicKey: other.ownerPublicKey,
            headPublicKey,
          },
          { token },
        ),
      )
    )[0],
    'token-used',
  );
  assert.equal((await enrol(other, vault)).outcome, 'done');
});

test('the owner reads the log from where it likes, a hundred entries at a time', async () => {
  const { owner, vault, password } = await withPassword();
  for (let i = 0; i < 100; i++) {
    vault.advance(12 * 3600 * 1000);
    const { attemptId, blinded, rest } = await guess(owner, vault, password);
    const proof = {
      attemptId,
      sentHash: owner.crypto.sha256(blinded.element),
      answeredHash: owner.crypto.sha256(rest),
    };
    if (i < 50) await ask(owner, vault, 'proof', proof, { signedBy: password.proofSeed });
    if (i === 51) break;
  }
  const log = vault.log(owner.backupId);
  for (const [from, count] of [
    [1, 100],
    [2, 100],
    [7, log.length - 6],
    [log.length, 1],
    [log.length + 1, 0],
    [1_000_000, 0],
  ] as const) {
    const { rest } = await ask(owner, vault, 'log', { from });
    assert.deepEqual([rest[0], rest.length], [count, 1 + count * 96]);
    assert.deepEqual(rest.slice(1, 97), log[from - 1] ?? new Uint8Array(0));
  }
  const asked = send(
    owner,
    vault,
    await makeRequest(owner, vault, 'log', { from: 1 }, password.proofSeed),
  );
  assert.equal((await failureOf(asked))[0], 'not-authorised');
});

test('a request is whole, and has nothing after its end', async () => {
  const world = await withPassword();
  const { owner, vault } = world;
  for (const [kind, body] of bodies(world)) {
    const token = vault.token(owner.account, kind === 'guess' ? 'guess' : 'enrol');
    const bytes = await makeRequest(owner, vault, kind, body);
    for (const wrong of [bytes.slice(0, 104), bytes.slice(0, -1), Uint8Array.from([...bytes, 0])]) {
      const [code] = await failureOf(vault.ask(wrong, token));
      assert.ok(code === 'damaged' || code === 'not-authorised', `${kind}: ${code}`);
    }
  }
});
