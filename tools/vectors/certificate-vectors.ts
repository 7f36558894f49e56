// Vectors of commit certificates (spec/vault-protocol.md §3.2).

import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { type CommitCertificate, signCertificate } from '@holdfast/core/vault-protocol';
import { drawn } from './counting-crypto.ts';
import { flip, type Patch } from './patch.ts';
import { OWNER, ownBackupId, ownerSeed, PROOF, type Signer, signer } from './vault-maker.ts';
import type { VectorFile } from './vector-file.ts';

const SIGNED_BYTES = 108;
const OWNER_OFFSET = 108;
const PROOF_OFFSET = 172;

export async function certificateVectors(): Promise<VectorFile> {
  const backupId = await ownBackupId();
  const first: CommitCertificate = {
    backupId,
    version: 1,
    recordHash: drawn('hash of a record'),
    proofOf: null,
  };
  const second = {
    ...first,
    version: 2,
    recordHash: drawn('hash of the next record'),
    proofOf: first.recordHash,
  };
  const object = await signCertificate(nodeCrypto, first, ownerSeed(), null);
  const proofSeed = new Secret(PROOF.seed.slice());
  const proved = await signCertificate(nodeCrypto, second, ownerSeed(), proofSeed);
  const fails = (name: string, fields: object, code = 'damaged') => {
    return { name, base: 'first', ...fields, code };
  };
  const failsProof = (name: string, patches: readonly Patch[]) =>
    fails(name, { base: 'replacement', patches }, 'not-proved');
  return {
    path: 'vault-protocol/certificates.json',
    description:
      'Commit certificates (spec/vault-protocol.md §3.2). A failure with "base" is that case with patches, each [offset, bytes], or cut or grown to a length; one with the code "not-proved" parses, and its second signature is not by the proof key.',
    given: { ownerPublicKey: OWNER.publicKey, proofPublicKey: PROOF.publicKey },
    cases: [
      { name: 'first', object, ...first },
      { name: 'replacement', object: proved, ...second },
    ],
    failures: [
      ...[0, 6, 8, 40, 44, 75, 107, 108, 140, 171].map((at) =>
        fails(`byte ${at} flipped`, { patches: flip(object, at) }),
      ),
      fails('a newer version', { patches: [[7, '02']] }, 'format-too-new'),
      fails('version 0 of the format', { patches: [[7, '00']] }),
      fails('a recovery record in its place', { patches: [[2, '5245434f']] }),
      fails('cut by a byte', { lengthBytes: object.length - 1 }),
      fails('a byte longer', { lengthBytes: object.length + 1 }),
      fails('nothing there', { lengthBytes: 0 }),
      fails('signed by another key', { patches: signedBy(object, signer('another owner')) }),
      fails('signed by the proof key', { patches: signedBy(object, PROOF) }),
      fails('signed with the label of a proof', {
        patches: signedBy(object, OWNER, 'commit-proof'),
      }),
      fails('a proof of no record', { patches: [[PROOF_OFFSET, '01']] }),
      failsProof('the proof by another key', provedBy(proved, signer('another password'))),
      failsProof('the proof by the owner key', provedBy(proved, OWNER)),
      failsProof('the proof with the label of the owner', provedBy(proved, PROOF, 'commit')),
      failsProof('no proof, though it names a record', [[PROOF_OFFSET, '00'.repeat(64)]]),
      failsProof('a byte of the proof flipped', flip(proved, 235)),
    ],
  };
}

function signedBy(object: Uint8Array, { seed }: Signer, label = 'commit'): readonly Patch[] {
  return [[OWNER_OFFSET, signature(object, seed, label)]];
}

function provedBy(object: Uint8Array, { seed }: Signer, label = 'commit-proof'): readonly Patch[] {
  return [[PROOF_OFFSET, signature(object, seed, label)]];
}

function signature(object: Uint8Array, seed: Uint8Array, label: string): string {
  const signed = object.subarray(0, SIGNED_BYTES);
  const message = concatBytes(new TextEncoder().encode(`holdfast/v1/${label}`), signed);
  return nodeCrypto.ed25519Sign(seed, message).toHex();
}
