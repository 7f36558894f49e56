/** Runs vectors/head/heads.json on both crypto ports: public part, signature and sealed state. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import {
  HEAD_BYTES,
  HEAD_NUMBER_MAX,
  parseHead,
  type SignedHead,
  verifyHead,
} from '../head/index.ts';
import { Secret } from '../secret/index.ts';
import { type HeadState, openHeadState, sealHeadState } from './head-state.ts';
import { Keyring } from './keyring.ts';
import { HEAD_DISPLACED_MAX, HEAD_LOGS_MAX, HEAD_PACKS_MAX, HEAD_SEGMENTS_MAX } from './limits.ts';
import type { Segment } from './segment-entry.ts';

interface Vector {
  readonly name: string;
  readonly step: 'parse' | 'signature' | 'open';
  readonly object: string;
  readonly sha256: string;
  readonly link: unknown;
  readonly state: unknown;
  readonly base?: string;
  readonly patches?: readonly (readonly [number, string])[];
  readonly lengthBytes?: number;
  readonly headPublicKey?: string;
  readonly epochKeys?: readonly string[];
  readonly code: string;
}

interface Vectors {
  readonly given: { readonly headPublicKey: string; readonly epochKeys: readonly string[] };
  readonly cases: readonly Vector[];
  readonly failures: readonly Vector[];
}

const url = new URL('../../../../vectors/head/heads.json', import.meta.url);
const { given, cases, failures }: Vectors = JSON.parse(readFileSync(url, 'utf8'));
const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text);

/** As the vectors write it: bytes as hex. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Uint8Array ? part.toHex() : part,
  );
  return JSON.parse(text);
}

function keyringOf(epochKeys: readonly string[] = given.epochKeys): Keyring {
  return new Keyring(epochKeys.map((key) => new Secret(hex(key))));
}

function objectOf(vector: Vector): Uint8Array {
  const base = cases.find(({ name }) => name === vector.base);
  const patched = hex(base?.object ?? vector.object);
  for (const [at, text] of vector.patches ?? []) patched.set(hex(text), at);
  const object = new Uint8Array(vector.lengthBytes ?? patched.length);
  object.set(patched.subarray(0, object.length));
  return object;
}

for (const [port, crypto] of PORTS) {
  for (const vector of cases) {
    test(`with ${port}, a head opens and is made as the vector says: ${vector.name}`, async () => {
      const object = hex(vector.object);
      assert.equal(new Uint8Array(await crypto.sha256(object)).toHex(), vector.sha256);
      assert.equal(await verifyHead(crypto, hex(given.headPublicKey), object), true);
      const head = parseHead(object);
      const { box, ...link } = head;
      assert.deepEqual(asJson(link), vector.link);
      const state = await openHeadState(crypto, keyringOf(), head);
      assert.deepEqual(asJson(state), vector.state);
      const salted = { ...crypto, randomBytes: () => box.slice(0, 32) };
      const sealed = await sealHeadState(salted, keyringOf(), link, state);
      assert.equal(sealed.box.toHex(), box.toHex());
    });
  }

  for (const vector of failures) {
    test(`with ${port}, a head fails as the vector says: ${vector.name}`, async () => {
      const object = objectOf(vector);
      if (vector.step === 'parse') {
        assert.throws(() => parseHead(object), { name: 'HoldfastError', code: vector.code });
        return;
      }
      const publicKey = hex(vector.headPublicKey ?? given.headPublicKey);
      const isSigned = await verifyHead(crypto, publicKey, object);
      assert.equal(isSigned, vector.step !== 'signature');
      if (vector.step === 'signature') return;
      const opening = async (): Promise<HeadState> =>
        openHeadState(crypto, keyringOf(vector.epochKeys), parseHead(object));
      await assert.rejects(opening(), { name: 'HoldfastError', code: vector.code });
    });
  }
}

const [, second] = cases as [Vector, Vector];

test('any flipped bit of a head is noticed', async () => {
  const object = hex(second.object);
  await fc.assert(
    fc.asyncProperty(fc.nat(HEAD_BYTES - 1), fc.nat(7), async (at, bit) => {
      const changed = object.slice();
      changed[at] = (changed[at] as number) ^ (1 << bit);
      assert.equal(await verifyHead(nodeCrypto, hex(given.headPublicKey), changed), false);
    }),
  );
});

test('opening a head twice gives the same, also when it was read into a Buffer', async () => {
  const head = parseHead(Buffer.from(second.object, 'hex'));
  const once = await openHeadState(nodeCrypto, keyringOf(), head);
  assert.deepEqual(await openHeadState(nodeCrypto, keyringOf(), head), once);
});

const LINK = parseHead(hex(second.object));

function stateOf(packs: number, segments: number, logs = 0, displaced = 0): HeadState {
  return {
    atMs: Number.MAX_SAFE_INTEGER,
    deviceId: new Uint8Array(16),
    root: {
      ...{ kind: 'node', stream: new Uint8Array(16).fill(255), compressed: true },
      ...{ offset: 2 ** 40, storedBytes: 900_000, plainBytes: 1_000_000 },
    },
    segments: Array.from({ length: segments }, (_, i): Segment => {
      const name = new Uint8Array(32).fill(i % packs);
      return {
        ...{ stream: new Uint8Array(16).fill(i), start: 2 ** 40, lengthBytes: 2 ** 23 },
        pack: { name, salt: new Uint8Array(32), epoch: 1, k: 6 },
        contentOffset: 2 ** 22,
      };
    }),
    vaultLogs: Array.from({ length: logs }, (_, i) => ({
      identity: new Uint8Array(32).fill(i),
      number: Number.MAX_SAFE_INTEGER,
      hash: new Uint8Array(32),
    })),
    displacedHeads: Array.from({ length: displaced }, (_, i) => ({
      number: HEAD_NUMBER_MAX - i,
      hash: new Uint8Array(32).fill(i),
    })),
  };
}

test('a head holds as many packs, segments, logs and heads as its limits say, at offsets up to 1 TiB', async () => {
  const state = stateOf(HEAD_PACKS_MAX, HEAD_SEGMENTS_MAX, HEAD_LOGS_MAX, HEAD_DISPLACED_MAX);
  const head: SignedHead = await sealHeadState(nodeCrypto, keyringOf(), LINK, state);
  assert.deepEqual(await openHeadState(nodeCrypto, keyringOf(), head), state);
});

test('sealHeadState() refuses more packs, segments, logs or heads than a head holds', async () => {
  const tooMany = [
    stateOf(HEAD_PACKS_MAX + 1, 40),
    stateOf(1, HEAD_SEGMENTS_MAX + 1),
    stateOf(1, 1, HEAD_LOGS_MAX + 1),
    stateOf(1, 1, 0, HEAD_DISPLACED_MAX + 1),
  ];
  for (const state of tooMany) {
    await assert.rejects(sealHeadState(nodeCrypto, keyringOf(), LINK, state), RangeError);
  }
});
