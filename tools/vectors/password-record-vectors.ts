// Vectors of the body of a password's recovery record, and of the shares in it (spec/vault-protocol.md
// §2.3, §3.1).

import { Secret } from '@holdfast/core/secret';
import {
  deriveProofSeed,
  encodePasswordBody,
  maskShare,
  type PasswordMethod,
  type RecordFrame,
  type RecordVault,
  splitSecret,
} from '@holdfast/core/vault-protocol';
import { countingCrypto, drawn } from './counting-crypto.ts';
import { flip, type Patch } from './patch.ts';
import { OWNER, ownBackupId, signer } from './vault-maker.ts';
import type { VectorFile } from './vector-file.ts';

const crypto = countingCrypto('password records');
const VAULTS_OFFSET = 56;
const VAULT_BYTES = 81;
const LEAST = { memoryKib: 65_536, passes: 3, lanes: 1 };
/** A polynomial of degree 1 through the secret, at the places 1, 2, 3. */
const PLACES = [1, 2, 3];

export async function passwordRecordVectors(): Promise<VectorFile> {
  const frame: RecordFrame = {
    version: 7,
    backupId: await ownBackupId(),
    ownerPublicKey: OWNER.publicKey,
    previousHash: drawn('hash of the record before'),
  };
  const one = await makeCase('one vault', frame, 1, 1);
  const three = await makeCase('two of three vaults', frame, 3, 2, {
    memoryKib: 1_048_576,
    passes: 16,
    lanes: 4,
  });
  const all = await makeCase('one of nine vaults', frame, 9, 1);
  const fails = (name: string, patches: readonly Patch[], code = 'damaged') => {
    return { name, base: three.name, patches, code };
  };
  const vaultAt = (i: number) => VAULTS_OFFSET + i * VAULT_BYTES;
  const unopened = (name: string, fields: object) => {
    return { name, base: three.name, ...fields, code: 'wrong-password' };
  };
  const { body } = three;
  return {
    path: 'vault-protocol/password-records.json',
    description:
      'Bodies of password records (spec/vault-protocol.md §3.1), with the functions\' values ("outputs") that unmask the shares, and the secret that any t of these give (§2.3). A failure with "base" is that case with patches, each [offset, bytes], with other fields, or cut or grown to a length; with the code "wrong-password", it parses and its box does not open.',
    given: { ...frame, rootKey: drawn('root key') },
    cases: [one, three, all],
    failures: [
      fails('too little memory', [[16, '0000ffff']]),
      fails('too much memory', [[16, '00100001']]),
      fails('too few passes', [[20, '02']]),
      fails('too many passes', [[20, '11']]),
      fails('no lanes', [[21, '00']]),
      fails('too many lanes', [[21, '05']]),
      fails('t of 0', [[22, '00']]),
      fails('t above n', [[22, '04']]),
      fails('n of 0', [[23, '00']]),
      fails('n below the vaults', [[23, '02']]),
      fails('n above the vaults', [[23, '04']]),
      fails('ten vaults', [[23, '0a']]),
      fails('a vault twice', [[vaultAt(1), body.slice(vaultAt(0), vaultAt(0) + 32).toHex()]]),
      fails('a place twice', [[vaultAt(1) + 48, '01']]),
      fails('place 0', [[vaultAt(2) + 48, '00']]),
      { ...fails('cut by a byte', []), lengthBytes: body.length - 1 },
      { ...fails('a byte longer', []), lengthBytes: body.length + 1 },
      { ...fails('nothing there', []), lengthBytes: 0 },
      ...[0, 24, vaultAt(0), vaultAt(1) + 32, vaultAt(2) + 49, vaultAt(3), vaultAt(3) + 111].map(
        (at) => unopened(`byte ${at} flipped`, { patches: flip(body, at) }),
      ),
      unopened('weaker parameters', { patches: [[16, '00010000']] }),
      unopened('a smaller t', { patches: [[22, '01']] }),
      unopened('of another version', { version: 8 }),
      unopened('of another backup', { backupId: drawn('another backup id') }),
      unopened('of another owner', { ownerPublicKey: signer('another owner').publicKey }),
      unopened('after another record', { previousHash: new Uint8Array(32) }),
      unopened('another secret', { secret: drawn('another secret') }),
    ],
  };
}

async function makeCase(name: string, frame: RecordFrame, n: number, t: number, argon2id = LEAST) {
  const secret = drawn(`secret of ${name}`);
  const outputs = Array.from({ length: n }, (_, i) => drawn(`output ${i} of ${name}`));
  const shares =
    t === 1 ? await splitSecret(secret, n, t) : sharesOf(secret, drawn(`slope of ${name}`));
  const vaults = await Promise.all(
    shares.map(async ({ place, bytes }, i): Promise<RecordVault> => {
      const of = { identity: signer(`vault ${i}`).publicKey, recordId: drawn(`record ${i}`, 16) };
      return {
        ...of,
        place,
        maskedShare: await maskShare(crypto, bytes, outputs[i] as Uint8Array, of),
      };
    }),
  );
  const proofSeed = (await deriveProofSeed(crypto, new Secret(secret.slice()))).bytes().slice();
  const proofPublicKey = await crypto.ed25519PublicKey(proofSeed);
  const method: PasswordMethod = { salt: drawn('a salt', 16), argon2id, t, proofPublicKey, vaults };
  const rootKey = new Secret(drawn('root key'));
  const body = await encodePasswordBody(crypto, frame, method, new Secret(secret.slice()), rootKey);
  return { name, body, ...method, outputs, shares, secret, proofSeed };
}

/** Shares for t = 2, at places of our own, since the library draws its own. */
function sharesOf(secret: Uint8Array, slope: Uint8Array) {
  return PLACES.map((place) => {
    const bytes = secret.map((byte, i) => byte ^ times(slope[i] as number, place));
    return { place, bytes };
  });
}

/** In GF(2^8) with x^8 + x^4 + x^3 + x + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let [left, right] = [a, b]; right > 0; right >>= 1) {
    if (right & 1) product ^= left;
    left = (left << 1) ^ (left & 0x80 ? 0x11b : 0);
  }
  return product;
}
