import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HEAD_BOX_BYTES, signHead } from '@holdfast/core/head';
import { encodeKeyRecordBody, signRecoveryRecord } from '@holdfast/core/recovery-record';
import { ROTATION_BYTES, signRotation } from '@holdfast/core/rotation';
import { objectMagic } from '@holdfast/core/wire';
import {
  type CallerKeys,
  drawKeys,
  type LocalProvider,
  ProviderCaller,
  startLocalProvider,
} from '@holdfast/testing/local-provider';
import { headName } from './judge-head.ts';

/** Of a bridge's sealed box (spec/rotation.md §3.7). */
const BRIDGE_BYTES = 112;

interface HeadFields {
  readonly number: number;
  readonly previous: Uint8Array | null;
  readonly generation?: number;
  readonly keys?: CallerKeys;
  readonly backupId?: Uint8Array;
}

/** The owner of one backup, who can make any head. */
class Owner {
  readonly provider: LocalProvider;
  readonly caller: ProviderCaller;
  readonly backupId: Uint8Array;

  constructor(provider: LocalProvider, caller: ProviderCaller, backupId: Uint8Array) {
    this.provider = provider;
    this.caller = caller;
    this.backupId = backupId;
  }

  static async start(context: TestContext): Promise<Owner> {
    const provider = await startLocalProvider();
    context.after(() => provider[Symbol.asyncDispose]());
    const caller = await ProviderCaller.signedUp(provider.origin);
    const { backupId } = (await (await caller.ask('account')).json()) as { backupId: string };
    return new Owner(provider, caller, Uint8Array.fromHex(backupId));
  }

  async head({ number, previous, ...fields }: HeadFields): Promise<Uint8Array> {
    const { generation = 0, keys = this.caller.keys, backupId = this.backupId } = fields;
    const previousHash = previous === null ? new Uint8Array(32) : await nodeCrypto.sha256(previous);
    const random = { keyringHash: randomBytes(32), box: randomBytes(HEAD_BOX_BYTES) };
    const link = { backupId, generation, number, previousHash, epoch: 0, ...random };
    return await signHead(nodeCrypto, keys.head, link);
  }

  /** Puts one that follows, and gives it back. */
  async goOn(number: number, previous: Uint8Array | null): Promise<Uint8Array> {
    const head = await this.head({ number, previous });
    assert.equal(await this.put(headName(number), head), 'stored');
    return head;
  }

  async put(name: string, object: Uint8Array, by = this.caller): Promise<string> {
    const answer = await by.put(name, object);
    const { outcome, code } = (await answer.json()) as Record<string, string>;
    return outcome ?? code ?? '';
  }
}

test('heads go on from the newest, and from nothing else', async (context) => {
  const owner = await Owner.start(context);
  const stranger = drawKeys();
  const early = await owner.head({ number: 2, previous: null });
  assert.equal(await owner.put(headName(2), early), 'damaged');
  const first = await owner.goOn(1, null);
  const second = await owner.goOn(2, first);
  assert.equal(await owner.put(headName(2), second), 'exists');
  assert.equal(
    await owner.put(headName(2), await owner.head({ number: 2, previous: first })),
    'exists',
  );
  const wrong: Record<string, HeadFields> = {
    'after an older one': { number: 3, previous: first },
    'after none': { number: 3, previous: null },
    'of another key': { number: 3, previous: second, keys: stranger },
    'of another backup': { number: 3, previous: second, backupId: randomBytes(32) },
    'of a generation too far': { number: 3, previous: second, generation: 2 },
    'of another number': { number: 4, previous: second },
  };
  for (const [what, fields] of Object.entries(wrong)) {
    assert.equal(await owner.put(headName(3), await owner.head(fields)), 'damaged', what);
  }
  const gap = await owner.head({ number: 4, previous: second });
  assert.equal(await owner.put(headName(4), gap), 'damaged');
  await owner.goOn(3, second);
});

test('of two heads that follow the same one, one is first', async (context) => {
  const owner = await Owner.start(context);
  const first = await owner.goOn(1, null);
  const heads = await Promise.all(
    Array.from({ length: 8 }, () => owner.head({ number: 2, previous: first })),
  );
  const answers = await Promise.all(heads.map((head) => owner.put(headName(2), head)));
  assert.equal(answers.filter((answer) => answer === 'stored').length, 1);
  assert.equal(answers.filter((answer) => answer === 'exists').length, 7);
});

test('a newest head whose bytes were damaged holds nobody up', async (context) => {
  const owner = await Owner.start(context);
  const first = await owner.goOn(1, null);
  await owner.goOn(2, first);
  const past = await owner.head({ number: 3, previous: first });
  assert.equal(await owner.put(headName(3), past), 'damaged');
  const path = join(owner.provider.bytesFolder, '..', 'provider.sqlite');
  const database = new DatabaseSync(path);
  const damage =
    'UPDATE inline_bytes SET bytes = zeroblob(4096) WHERE object = ' +
    '(SELECT row_id FROM objects WHERE name = ?)';
  database.prepare(damage).run(headName(2));
  database.close();
  assert.equal(await owner.put(headName(3), past), 'stored');
});

test('from its certificate on a rotation is in force, and the key before is an earlier one', async (context) => {
  const owner = await Owner.start(context);
  const { caller, backupId, provider } = owner;
  const first = await owner.goOn(1, null);
  const next = drawKeys();
  const nextHead = await owner.head({ number: 2, previous: first, generation: 1, keys: next });
  assert.equal(await owner.put(headName(2), nextHead), 'stored');
  const publicKey = (seed: CallerKeys['owner']) => nodeCrypto.ed25519PublicKey(seed.bytes());
  const rotation = {
    backupId,
    generation: 1,
    ownerBefore: await publicKey(caller.keys.owner),
    ownerAfter: await publicKey(next.owner),
    headKeyAfter: await publicKey(next.head),
    firstHead: { number: 2, hash: await nodeCrypto.sha256(nextHead) },
    bridge: null,
  };
  const seeds = { before: caller.keys.owner, after: next.owner, proof: null };
  const name = 'rotations/000000000002';
  const other = { ...rotation, firstHead: { number: 2, hash: randomBytes(32) } };
  assert.equal(await owner.put(name, await signRotation(nodeCrypto, other, seeds)), 'damaged');
  const device = new ProviderCaller(provider.origin, next);
  assert.equal((await device.enter({ create: false })).status, 401);
  assert.equal(await owner.put(name, await signRotation(nodeCrypto, rotation, seeds)), 'stored');

  assert.equal((await caller.ask('account')).status, 401);
  assert.equal((await caller.login()).status, 200);
  assert.equal((await caller.get(name)).status, 200);
  assert.equal((await caller.get(headName(1))).status, 403);
  const late = await owner.head({ number: 3, previous: first });
  assert.equal(await owner.put(headName(3), late), 'store-denied');

  const wrongHead = new ProviderCaller(provider.origin, { ...next, head: drawKeys().head });
  assert.equal((await wrongHead.enter({ create: true })).status, 401);
  assert.equal((await device.enter({ create: false })).status, 200);
  assert.equal((await device.get(headName(1))).status, 200);
  const third = await owner.head({ number: 3, previous: nextHead, generation: 1, keys: next });
  assert.equal(await owner.put(headName(3), third, device), 'stored');
  const again = new ProviderCaller(provider.origin, { ...next, auth: drawKeys().auth });
  assert.equal((await again.enter({ create: true })).status, 401);
});

test('a rotation ends recovery sheets, unless it carries their password over', async (context) => {
  for (const isCarried of [false, true]) {
    const owner = await Owner.start(context);
    const { caller, backupId } = owner;
    const subject = randomBytes(32);
    await caller.ask(`account/recovery/${subject.toString('hex')}`, { method: 'PUT' });
    const first = await owner.goOn(1, null);
    const next = drawKeys();
    const nextHead = await owner.head({ number: 2, previous: first, generation: 1, keys: next });
    await owner.put(headName(2), nextHead);
    const rotation = {
      backupId,
      generation: 1,
      ownerBefore: await nodeCrypto.ed25519PublicKey(caller.keys.owner.bytes()),
      ownerAfter: await nodeCrypto.ed25519PublicKey(next.owner.bytes()),
      headKeyAfter: await nodeCrypto.ed25519PublicKey(next.head.bytes()),
      firstHead: { number: 2, hash: await nodeCrypto.sha256(nextHead) },
      bridge: isCarried ? { recordHash: randomBytes(32), box: randomBytes(BRIDGE_BYTES) } : null,
    };
    const proof = isCarried ? drawKeys().owner : null;
    const seeds = { before: caller.keys.owner, after: next.owner, proof };
    const certificate = await signRotation(nodeCrypto, rotation, seeds);
    assert.equal(await owner.put('rotations/000000000002', certificate), 'stored');
    const found = await owner.provider.metadata.findSubject(subject);
    assert.equal(found !== null, isCarried);
  }
});

test('a rotation that was passed over can be refused, and then does not come in force', async (context) => {
  const owner = await Owner.start(context);
  const { caller, backupId } = owner;
  const first = await owner.goOn(1, null);
  const next = drawKeys();
  const nextHead = await owner.head({ number: 2, previous: first, generation: 1, keys: next });
  await owner.put(headName(2), nextHead);
  const refusal = new Uint8Array(ROTATION_BYTES);
  refusal.set(objectMagic('VOID'));
  assert.equal(await owner.put('rotations/000000000003', refusal), 'damaged');
  assert.equal(await owner.put('rotations/000000000002', refusal), 'stored');
  await owner.goOn(3, first);
  const rotation = {
    backupId,
    generation: 1,
    ownerBefore: await nodeCrypto.ed25519PublicKey(caller.keys.owner.bytes()),
    ownerAfter: await nodeCrypto.ed25519PublicKey(next.owner.bytes()),
    headKeyAfter: await nodeCrypto.ed25519PublicKey(next.head.bytes()),
    firstHead: { number: 2, hash: await nodeCrypto.sha256(nextHead) },
    bridge: null,
  };
  const seeds = { before: caller.keys.owner, after: next.owner, proof: null };
  const certificate = await signRotation(nodeCrypto, rotation, seeds);
  assert.equal(await owner.put('rotations/000000000002', certificate), 'exists');
});

test('recovery records are those of the account, under their own name', async (context) => {
  const owner = await Owner.start(context);
  const { backupId, caller } = owner;
  const ownerPublicKey = await nodeCrypto.ed25519PublicKey(caller.keys.owner.bytes());
  const body = await encodeKeyRecordBody(nodeCrypto, caller.keys.head);
  const fields = { method: 'key', version: 2, backupId, ownerPublicKey, body } as const;
  const record = { ...fields, previousHash: new Uint8Array(32) };
  const signed = await signRecoveryRecord(nodeCrypto, caller.keys.owner, record);
  assert.equal(await owner.put('records/key-000001', signed), 'damaged');
  assert.equal(await owner.put('records/password-000002', signed), 'damaged');
  const stranger = { ...record, ownerPublicKey: randomBytes(32) };
  const foreign = await signRecoveryRecord(nodeCrypto, caller.keys.owner, stranger);
  assert.equal(await owner.put('records/key-000002', foreign), 'damaged');
  assert.equal(await owner.put('records/key-000002', signed), 'stored');
  const stored = await caller.get('records/key-000002');
  assert.equal(toHex(new Uint8Array(await stored.arrayBuffer())), toHex(signed));
});
