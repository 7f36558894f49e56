/** Runs vectors/rotation on both crypto ports. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { Secret } from '../secret/index.ts';
import { openBridge } from './bridge.ts';
import { isRotationProvedBy, parseRotation, type Rotation, signRotation } from './rotation.ts';

interface Vector {
  readonly name: string;
  readonly object: string;
  readonly seedBefore: string;
  readonly seedAfter: string;
  readonly seedProof: string | null;
  readonly base?: string;
  readonly patches?: readonly (readonly [number, string])[];
  readonly lengthBytes?: number;
  readonly code: string;
}

interface BridgeVector extends Pick<Vector, 'name' | 'object' | 'base' | 'patches' | 'code'> {
  readonly nextKey: string;
  readonly secret?: string;
}

const folder = new URL('../../../../vectors/rotation/', import.meta.url);
const { cases, failures } = readVectors<{ cases: Vector[]; failures: Vector[] }>('certificates');
const bridges = readVectors<{
  given: { secret: string; recordHash: string; proofPublicKey: string };
  cases: BridgeVector[];
  failures: BridgeVector[];
}>('bridges');
const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];

function readVectors<File>(name: string): File {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as File;
}

function secretOf(hex: string): Secret {
  return new Secret(Uint8Array.fromHex(hex));
}

function objectOf(
  { object, base, patches, lengthBytes }: Partial<Vector>,
  from: readonly { readonly name: string; readonly object: string }[],
): Uint8Array {
  const text = base === undefined ? object : from.find(({ name }) => name === base)?.object;
  const bytes = Uint8Array.fromHex(text as string);
  for (const [at, hex] of patches ?? []) bytes.set(Uint8Array.fromHex(hex), at);
  const sized = new Uint8Array(lengthBytes ?? bytes.length);
  sized.set(bytes.subarray(0, sized.length));
  return sized;
}

/** With bytes as hex. */
function asJson(rotation: Rotation): unknown {
  return JSON.parse(
    JSON.stringify(rotation, (_, value) => (value instanceof Uint8Array ? value.toHex() : value)),
  );
}

for (const [port, crypto] of PORTS) {
  for (const vector of cases) {
    test(`with ${port}, a certificate is read and made as the vector says: ${vector.name}`, async () => {
      const rotation = await parseRotation(crypto, objectOf(vector, cases));
      const { name: _, object, seedBefore, seedAfter, seedProof, ...fields } = vector;
      assert.deepEqual(asJson(rotation), fields);
      const [before, after] = [secretOf(seedBefore), secretOf(seedAfter)];
      const proof = seedProof === null ? null : secretOf(seedProof);
      const seeds = { before, after, proof };
      assert.equal((await signRotation(crypto, rotation, seeds)).toHex(), object);
    });
  }
  for (const vector of failures) {
    test(`with ${port}, a certificate is refused as the vector says: ${vector.name}`, async () => {
      const refused = { name: 'HoldfastError', code: vector.code };
      await assert.rejects(parseRotation(crypto, objectOf(vector, cases)), refused);
    });
  }
  for (const vector of [...bridges.cases, ...bridges.failures]) {
    test(`with ${port}, a bridge leads where the vector says: ${vector.name}`, async () => {
      const { secret, recordHash, proofPublicKey } = bridges.given;
      const object = objectOf(vector, bridges.cases);
      const { bridge, ...rotation } = await parseRotation(crypto, object);
      assert.ok(bridge !== null);
      const proofKey = Uint8Array.fromHex(proofPublicKey);
      const isProved = await isRotationProvedBy(crypto, object, proofKey);
      assert.equal(isProved, vector.code !== 'not-proved');
      if (!isProved) return;
      const given = secretOf(vector.secret ?? secret);
      const key = await openBridge(crypto, { ...rotation, bridge }, given);
      assert.equal(key?.bytes().toHex(), vector.code === undefined ? vector.nextKey : undefined);
      if (key !== null) assert.equal(bridge.recordHash.toHex(), recordHash);
    });
  }
}

test('signRotation() refuses a bridge without a proof, and a proof without a bridge', async () => {
  const [plain, bridged] = await Promise.all(
    [0, 2].map(async (i) => await parseRotation(nodeCrypto, objectOf(cases[i] as Vector, cases))),
  );
  const [before, after, proof] = ['01', '02', '03'].map((hex) => secretOf(hex.repeat(32))) as [
    Secret,
    Secret,
    Secret,
  ];
  const sign = (rotation: Rotation | undefined, given: Secret | null) =>
    signRotation(nodeCrypto, rotation as Rotation, { before, after, proof: given });
  await assert.rejects(sign(plain, proof), TypeError);
  await assert.rejects(sign(bridged, null), TypeError);
});
