/** Runs vectors/rotation/certificates.json on both crypto ports. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { Secret } from '../secret/index.ts';
import { parseRotation, type Rotation, signRotation } from './rotation.ts';

interface Vector {
  readonly name: string;
  readonly object: string;
  readonly seedBefore: string;
  readonly seedAfter: string;
  readonly base?: string;
  readonly patches?: readonly (readonly [number, string])[];
  readonly lengthBytes?: number;
  readonly code: string;
}

const url = new URL('../../../../vectors/rotation/certificates.json', import.meta.url);
const { cases, failures } = JSON.parse(readFileSync(url, 'utf8')) as {
  cases: Vector[];
  failures: Vector[];
};
const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];

function objectOf({ object, base, patches, lengthBytes }: Vector): Uint8Array {
  const text = base === undefined ? object : cases.find(({ name }) => name === base)?.object;
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
      const rotation = await parseRotation(crypto, objectOf(vector));
      const { name: _, object, seedBefore, seedAfter, ...fields } = vector;
      assert.deepEqual(asJson(rotation), fields);
      const [before, after] = [seedBefore, seedAfter].map(
        (seed) => new Secret(Uint8Array.fromHex(seed)),
      ) as [Secret, Secret];
      assert.equal((await signRotation(crypto, rotation, { before, after })).toHex(), object);
    });
  }
  for (const vector of failures) {
    test(`with ${port}, a certificate is refused as the vector says: ${vector.name}`, async () => {
      const refused = { name: 'HoldfastError', code: vector.code };
      await assert.rejects(parseRotation(crypto, objectOf(vector)), refused);
    });
  }
}
