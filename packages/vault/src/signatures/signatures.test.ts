/** Runs vectors/backup-format/signatures.json on both libraries, and each on what the other has signed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { openSslSignatures, type Signatures, signatures, sodiumSignatures } from './signatures.ts';

interface Vector {
  readonly name: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}

const url = new URL('../../../../vectors/backup-format/signatures.json', import.meta.url);
const vectors: { cases: Vector[]; failures: Vector[] } = JSON.parse(readFileSync(url, 'utf8'));

test('libsodium signs and verifies where it is installed', () => {
  assert.equal(sodiumSignatures?.library, 'libsodium');
  assert.equal(signatures, sodiumSignatures);
});

for (const library of [openSslSignatures, sodiumSignatures]) {
  if (library !== null) testOn(library);
}

function testOn({ library, verify, makeSigner }: Signatures): void {
  describe(`signatures by ${library}`, () => {
    const verifies = ({ publicKey, message, signature }: Vector): boolean =>
      verify(
        Uint8Array.fromHex(publicKey),
        Uint8Array.fromHex(message),
        Uint8Array.fromHex(signature),
      );

    for (const vector of vectors.cases) {
      test(`are taken as the vector says: ${vector.name}`, () => assert.ok(verifies(vector)));
    }
    for (const vector of vectors.failures) {
      test(`are refused as the vector says: ${vector.name}`, () => assert.ok(!verifies(vector)));
    }

    test('are good for everybody else', () => {
      const { publicKey, sign } = makeSigner();
      for (const lengthBytes of [0, 1, 300, 20_000]) {
        const message = nodeCrypto.randomBytes(lengthBytes + 1).subarray(1);
        const signature = sign(message);
        assert.equal(signature.length, 64);
        assert.ok(verify(publicKey, message, signature));
        assert.ok(nodeCrypto.ed25519Verify(publicKey, message, signature));
        const other = Uint8Array.from(signature);
        other[40] = (other[40] as number) ^ 1;
        assert.ok(!verify(publicKey, message, other));
      }
    });

    test('are never good with keys or signatures of another length', () => {
      const { publicKey, sign } = makeSigner();
      const message = new Uint8Array(9);
      const signature = sign(message);
      assert.ok(!verify(publicKey.subarray(1), message, signature));
      assert.ok(!verify(publicKey, message, signature.subarray(1)));
      assert.ok(!verify(new Uint8Array(0), message, new Uint8Array(0)));
    });

    test('are by another key each time', () => {
      assert.notDeepEqual(makeSigner().publicKey, makeSigner().publicKey);
    });
  });
}
