/** The offline attack itself: whoever holds OPRF keys of vaults and the record tries passwords. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { p256_oprf } from '@noble/curves/nist.js';
import { equalBytes } from '../../bytes/index.ts';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { parseRecoveryRecord } from '../../recovery-record/index.ts';
import { Secret } from '../../secret/index.ts';
import {
  makeTestDevice,
  setTestPassword,
  stretch,
  type TestDevice,
} from '../fixture/test-device.ts';
import { makeTestOwner } from '../fixture/test-owner.ts';
import { makeTestVault, type TestVault } from '../fixture/test-vault.ts';
import { decodePasswordBody, deriveProofSeed, openPasswordBody } from '../messages/index.ts';
import { blindInput, finalizeOutput } from '../oprf.ts';
import { joinShares, maskShare, type Share } from '../shares.ts';

const DICTIONARY = ['123456', 'password', 'the right one', 'qwerty', 'letmein'];

/** Passwords of the dictionary that the record or its proof key gives away to who holds these vaults. */
async function attack(device: TestDevice, corrupt: readonly TestVault[]): Promise<string[]> {
  const { owner, shelf } = device;
  const object = (await shelf.getRecord(1)) as Uint8Array;
  const { body: bytes, method: _, ...frame } = await parseRecoveryRecord(nodeCrypto, object);
  const body = decodePasswordBody(bytes);
  const found: string[] = [];
  for (const password of DICTIONARY) {
    const stretched = await stretch(owner, password, body.salt);
    const shares: Share[] = [];
    for (const { identity, recordId, place, maskedShare } of body.vaults) {
      const vault = corrupt.find((other) => equalBytes(other.identity, identity));
      if (vault === undefined) continue;
      const key = vault.ledger(owner.backupId)?.records[0]?.wrappedKey as Uint8Array;
      const { blind, element } = blindInput(stretched.bytes(), nodeCrypto.randomBytes);
      const evaluated = p256_oprf.oprf.blindEvaluate(key, Uint8Array.from(element));
      const output = finalizeOutput(stretched.bytes(), blind, evaluated);
      const of = { identity, recordId };
      shares.push({ place, bytes: await maskShare(nodeCrypto, maskedShare, output, of) });
    }
    // All that anything can be compared with: the box of the key, and the public key of the proof.
    for (const candidates of [shares, ...shares.map((share) => [share])]) {
      const secret = new Secret(await joinShares(candidates));
      const opened = await openPasswordBody(nodeCrypto, frame, body, secret);
      const proofSeed = await deriveProofSeed(nodeCrypto, secret);
      const proofKey = nodeCrypto.ed25519PublicKey(proofSeed.bytes());
      if (opened !== null || equalBytes(proofKey, body.proofPublicKey)) found.push(password);
    }
  }
  return [...new Set(found)];
}

for (const [n, t] of [
  [1, 1],
  [3, 2],
  [3, 3],
  [5, 3],
] as const) {
  test(`of ${n} vaults, ${t} corrupt ones find the password offline, and ${t - 1} can't tell it`, async () => {
    const vaults = Array.from({ length: n }, (_, i) => makeTestVault({ seed: `vault ${i}` }));
    const device = makeTestDevice(await makeTestOwner(), vaults);
    await setTestPassword(device, 'the right one', { t });
    assert.deepEqual(await attack(device, vaults.slice(0, t)), ['the right one']);
    if (t === 1) return;
    for (let from = 0; from + t - 1 <= n; from++) {
      assert.deepEqual(await attack(device, vaults.slice(from, from + t - 1)), []);
    }
  });
}
