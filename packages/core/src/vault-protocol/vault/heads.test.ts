/** Runs vectors/vault-protocol/heads.json on both crypto ports, and shows heads to a vault. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { concatBytes, equalBytes } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { webCrypto } from '../../crypto/web-crypto.ts';
import { HoldfastError } from '../../errors/index.ts';
import { makeChain, makeHead, type TestHead } from '../fixture/test-heads.ts';
import { ask, makeRequest, makeTestOwner, send, type TestOwner } from '../fixture/test-owner.ts';
import { enrol, setPassword } from '../fixture/test-password.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { decodeLogEntry, type WitnessedHead } from '../messages/index.ts';
import { type ChainedHead, rebaseHead, takeHeads } from './heads.ts';
import { type Ledger, newLedger } from './ledger.ts';
import { readChain } from './read-chain.ts';

interface Vector {
  readonly name: string;
  readonly kind: 'witness' | 'rebase';
  readonly newest: string | null;
  readonly shown: readonly string[];
  readonly displacedHash: string;
  readonly code: string;
}

interface Vectors {
  readonly given: {
    readonly backupId: string;
    readonly headPublicKey: string;
    readonly heads: Readonly<Record<string, string>>;
  };
  readonly cases: readonly Vector[];
  readonly failures: readonly Vector[];
}

const url = new URL('../../../../../vectors/vault-protocol/heads.json', import.meta.url);
const { given, cases, failures }: Vectors = JSON.parse(readFileSync(url, 'utf8'));
const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];

const objectOf = (name: string): Uint8Array => Uint8Array.fromHex(given.heads[name] as string);
const EMPTY = newLedger({
  backupId: Uint8Array.fromHex(given.backupId),
  ownerPublicKey: new Uint8Array(32),
  headPublicKey: Uint8Array.fromHex(given.headPublicKey),
});

async function readOne(crypto: CryptoPort, name: string): Promise<ChainedHead> {
  const [head] = await readChain(crypto, EMPTY, [objectOf(name)]);
  return head as ChainedHead;
}

/** What becomes of a ledger. */
async function outcomeOf(
  crypto: CryptoPort,
  vector: Vector,
): Promise<{ readonly code: string; readonly ledger: Ledger }> {
  const { newest, kind, shown, displacedHash } = vector;
  const ledger = { ...EMPTY, head: newest === null ? null : await readOne(crypto, newest) };
  try {
    const chain = await readChain(crypto, ledger, shown.map(objectOf));
    const ruling =
      kind === 'witness'
        ? takeHeads(ledger, chain)
        : rebaseHead(ledger, Uint8Array.fromHex(displacedHash), chain[0] as ChainedHead);
    return { code: ruling.outcome, ledger: ruling.ledger };
  } catch (error) {
    assert.ok(error instanceof HoldfastError, String(error));
    return { code: error.code, ledger };
  }
}

for (const [port, crypto] of PORTS) {
  test(`with ${port}, heads are taken as their vectors say`, async () => {
    for (const vector of cases) {
      const { code, ledger } = await outcomeOf(crypto, vector);
      assert.equal(code, 'done', vector.name);
      const { number, hash } = await readOne(crypto, vector.shown.at(-1) as string);
      assert.equal(ledger.head?.number, number, vector.name);
      assert.deepEqual(ledger.head?.hash, hash, vector.name);
    }
  });

  test(`with ${port}, heads are refused as their vectors say`, async () => {
    for (const vector of failures) {
      const { code, ledger } = await outcomeOf(crypto, vector);
      assert.equal(code, vector.code, vector.name);
      const newest = vector.newest === null ? null : await readOne(crypto, vector.newest);
      assert.deepEqual(ledger.head, newest, vector.name);
    }
  });
}

async function enrolled(): Promise<{ readonly owner: TestOwner; readonly vault: TestVault }> {
  const owner = await makeTestOwner();
  const vault = makeTestVault();
  await enrol(owner, vault);
  return { owner, vault };
}

const show = async (owner: TestOwner, vault: TestVault, heads: readonly TestHead[]) =>
  await ask(owner, vault, 'witness', { heads: heads.map(({ object }) => object) });

function assertNewest(head: WitnessedHead | null, wanted: TestHead | null): void {
  assert.equal(head?.number, wanted?.number);
  if (wanted !== null) assert.ok(head !== null && equalBytes(head.hash, wanted.hash));
}

test('a ledger without records is a place for heads, and each status says the newest', async () => {
  const { owner, vault } = await enrolled();
  assertNewest((await ask(owner, vault, 'status', {})).status.head, null);
  const [first, second, third] = await makeChain(owner, 3);
  assert.ok(first && second && third);
  assertNewest((await show(owner, vault, [first])).status.head, first);
  assertNewest((await show(owner, vault, [second, third])).status.head, third);
  assertNewest((await ask(owner, vault, 'status', {})).status.head, third);
});

test('who asks with a token sees the newest head before a password is typed', async () => {
  const { owner, vault } = await enrolled();
  await setPassword(owner, [vault], { version: 1 });
  const [first] = await makeChain(owner, 1);
  assert.ok(first);
  await show(owner, vault, [first]);
  const token = vault.token(owner.account, 'guess');
  const { status } = await ask(owner, vault, 'status', {}, { signedBy: null, token });
  assertNewest(status.head, first);
  for (const kind of ['head', 'witness', 'rebase'] as const) {
    const body = { heads: [first.object], displacedHash: first.hash, head: first.object };
    const asked = ask(owner, vault, kind, body, { signedBy: owner.headSeed, token });
    await assert.rejects(asked, { code: 'not-authorised' });
  }
});

test('a vault gives back the newest head and the one put aside last, and keeps no other', async () => {
  const { owner, vault } = await enrolled();
  const heads = async () => (await ask(owner, vault, 'head', {})).rest;
  assert.deepEqual(await heads(), Uint8Array.of(0));
  const [first, second, third] = await makeChain(owner, 3);
  assert.ok(first && second && third);
  await show(owner, vault, [first, second, third]);
  assert.deepEqual(await heads(), concatBytes(Uint8Array.of(1), third.object));
  const fork = await makeHead(owner, second, { number: 4 });
  const rebase = async (displaced: TestHead, { object }: TestHead) =>
    await ask(owner, vault, 'rebase', { displacedHash: displaced.hash, head: object });
  assert.equal((await rebase(third, fork)).outcome, 'done');
  assert.deepEqual(await heads(), concatBytes(Uint8Array.of(2), fork.object, third.object));
  const other = await makeHead(owner, first);
  assert.equal((await rebase(fork, other)).outcome, 'done');
  assert.deepEqual(await heads(), concatBytes(Uint8Array.of(2), other.object, fork.object));
  const next = await makeHead(owner, other);
  await show(owner, vault, [next]);
  assert.deepEqual(await heads(), concatBytes(Uint8Array.of(2), next.object, fork.object));
  assert.equal(vault.objects(owner.backupId).length, 2);
});

test('a re-base is in the log with the whole hash of what was put aside; heads that follow are not', async () => {
  const { owner, vault } = await enrolled();
  const [first, second] = await makeChain(owner, 2);
  assert.ok(first && second);
  await show(owner, vault, [first, second]);
  assert.equal(vault.log(owner.backupId).length, 1);
  const fork = await makeHead(owner, first);
  await ask(owner, vault, 'rebase', { displacedHash: second.hash, head: fork.object });
  await ask(owner, vault, 'rebase', { displacedHash: second.hash, head: fork.object });
  const [, entry] = vault.log(owner.backupId);
  assert.equal(vault.log(owner.backupId).length, 2);
  const { what, recordId, attemptId } = decodeLogEntry(entry as Uint8Array);
  assert.equal(what, 'rebased');
  assert.ok(recordId !== null && attemptId !== null);
  assert.deepEqual(concatBytes(recordId, attemptId), second.hash);
});

test('requests that were seen once can not set the newest head back', async () => {
  const { owner, vault } = await enrolled();
  const [first, second, third] = await makeChain(owner, 3);
  assert.ok(first && second && third);
  const fork = await makeHead(owner, second, { number: 4 });
  const seen = [
    await makeRequest(owner, vault, 'witness', { heads: [first.object, second.object] }),
    await makeRequest(owner, vault, 'witness', { heads: [third.object] }),
    await makeRequest(owner, vault, 'rebase', { displacedHash: third.hash, head: fork.object }),
  ];
  for (const bytes of seen) assert.equal((await send(owner, vault, bytes)).outcome, 'done');
  const next = await makeHead(owner, fork);
  await show(owner, vault, [next]);
  for (const bytes of seen) {
    const { outcome, status } = await send(owner, vault, bytes);
    assert.equal(outcome, 'conflict');
    assertNewest(status.head, next);
  }
});
