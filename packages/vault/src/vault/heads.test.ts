/** Heads at a vault over a software HSM and SQLite: what it keeps of them, and what it gives back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HEAD_BOX_BYTES, signHead } from '@holdfast/core/head';
import { Secret } from '@holdfast/core/secret';
import {
  type AnswerBody,
  type RequestBodies,
  type RequestKind,
  VaultClient,
} from '@holdfast/core/vault-protocol';
import { LocalVault } from './fixture/local-vault.ts';
import { Person } from './fixture/person.ts';

interface Head {
  readonly object: Uint8Array;
  readonly number: number;
  readonly hash: Uint8Array;
}

class Owner {
  readonly #seed = new Secret(nodeCrypto.randomBytes(32));
  readonly #headSeed = new Secret(nodeCrypto.randomBytes(32));
  readonly #client: VaultClient;
  readonly backupId: Uint8Array;

  constructor(vault: LocalVault) {
    const publicKey = nodeCrypto.ed25519PublicKey(this.#seed.bytes());
    const label = new TextEncoder().encode('holdfast/v1/backup-id');
    this.backupId = nodeCrypto.sha256(concatBytes(label, publicKey));
    const person = new Person();
    const link = {
      identity: vault.identity,
      name: 'a vault',
      account: async () => person.account,
      send: async (_kind: RequestKind, request: Uint8Array, scope: 'enrol' | 'guess' | null) =>
        await vault.handle(request, scope === null ? null : person.token(scope)),
    };
    const context = { crypto: nodeCrypto, now: Date.now, backupId: this.backupId };
    this.#client = new VaultClient(link, context);
  }

  async ask<Kind extends RequestKind>(kind: Kind, body: RequestBodies[Kind]): Promise<AnswerBody> {
    const scope = kind === 'enrol' ? { scope: 'enrol' as const } : {};
    return await this.#client.ask(kind, body, { seed: this.#seed.bytes(), ...scope });
  }

  async enrol(): Promise<void> {
    const [ownerPublicKey, headPublicKey] = [this.#seed, this.#headSeed].map((seed) =>
      nodeCrypto.ed25519PublicKey(seed.bytes()),
    ) as [Uint8Array, Uint8Array];
    const { outcome } = await this.ask('enrol', { ownerPublicKey, headPublicKey });
    assert.equal(outcome, 'done');
  }

  async head(previous: Head | null): Promise<Head> {
    const number = (previous?.number ?? 0) + 1;
    const object = await signHead(nodeCrypto, this.#headSeed, {
      ...{ backupId: this.backupId, generation: 0, number, epoch: 0 },
      previousHash: previous?.hash ?? new Uint8Array(32),
      keyringHash: nodeCrypto.randomBytes(32),
      box: nodeCrypto.randomBytes(HEAD_BOX_BYTES),
    });
    return { object, number, hash: nodeCrypto.sha256(object) };
  }

  async chain(count: number): Promise<readonly Head[]> {
    const heads: Head[] = [];
    for (let i = 0; i < count; i++) heads.push(await this.head(heads.at(-1) ?? null));
    return heads;
  }
}

const objectsOf = (heads: readonly Head[]): { readonly heads: readonly Uint8Array[] } => ({
  heads: heads.map(({ object }) => object),
});

test('fifteen heads fit into a request; of all that came, the database keeps the newest', async () => {
  await using vault = await LocalVault.open();
  const owner = new Owner(vault);
  await owner.enrol();
  const heads = await owner.chain(31);
  for (const from of [0, 15, 30]) {
    const { outcome } = await owner.ask('witness', objectsOf(heads.slice(from, from + 15)));
    assert.equal(outcome, 'done');
  }
  const newest = heads.at(-1) as Head;
  const { rest, status } = await owner.ask('head', {});
  assert.deepEqual(rest, concatBytes(Uint8Array.of(1), newest.object));
  assert.deepEqual(status.head, { number: 31, hash: newest.hash });
  for (const { hash, number } of heads) {
    const kept = await vault.records.readObject(owner.backupId, hash);
    assert.equal(kept !== null, number === 31, `head ${number}`);
  }
});

test('a head that a re-base put aside is kept until the next one, and no record shows it', async () => {
  await using vault = await LocalVault.open();
  const owner = new Owner(vault);
  await owner.enrol();
  const [first, second] = (await owner.chain(2)) as [Head, Head];
  await owner.ask('witness', objectsOf([first, second]));
  const fork = await owner.head(first);
  const body = { displacedHash: second.hash, head: fork.object };
  assert.equal((await owner.ask('rebase', body)).outcome, 'done');
  const next = await owner.head(fork);
  await owner.ask('witness', objectsOf([next]));
  const { rest } = await owner.ask('head', {});
  assert.deepEqual(rest, concatBytes(Uint8Array.of(2), next.object, second.object));
  assert.equal((await owner.ask('record', { recordHash: next.hash })).outcome, 'unknown');
  const { rest: log } = await owner.ask('log', { from: 1 });
  assert.equal(log[0], 2);
});

test('of two heads that follow the same one, shown at once, a vault takes one', async () => {
  await using vault = await LocalVault.open();
  const owner = new Owner(vault);
  await owner.enrol();
  const [first] = (await owner.chain(1)) as [Head];
  await owner.ask('witness', objectsOf([first]));
  const rivals = await Promise.all(Array.from({ length: 8 }, () => owner.head(first)));
  const answers = await Promise.all(rivals.map((head) => owner.ask('witness', objectsOf([head]))));
  const taken = answers.flatMap(({ outcome }, i) => (outcome === 'done' ? [rivals[i]] : []));
  assert.equal(taken.length, 1);
  assert.deepEqual((await owner.ask('status', {})).status.head?.hash, taken[0]?.hash);
});
