// Vectors of certificates of rotations (spec/rotation.md §3.2).

import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { type Rotation, signRotation } from '@holdfast/core/rotation';
import { Secret } from '@holdfast/core/secret';
import { drawn } from './counting-crypto.ts';
import { flip, type Patch } from './patch.ts';
import { OWNER, ownBackupId, type Signer, signer } from './vault-maker.ts';
import type { VectorFile } from './vector-file.ts';

const SIGNED_BYTES = 180;
const OFFSETS = { rotate: 180, rotated: 244 } as const;
const NEXT = signer('the owner of the next generation');
const LAST = signer('the owner of the generation after it');

const seedOf = ({ seed }: Signer): Secret => new Secret(seed.slice());

export async function rotationVectors(): Promise<VectorFile> {
  const first: Rotation = {
    backupId: await ownBackupId(),
    generation: 1,
    ownerBefore: OWNER.publicKey,
    ownerAfter: NEXT.publicKey,
    headKeyAfter: signer('the head key of the next generation').publicKey,
    firstHead: { number: 8, hash: drawn('hash of a first head') },
  };
  const second: Rotation = {
    ...first,
    generation: 2,
    ownerBefore: NEXT.publicKey,
    ownerAfter: LAST.publicKey,
    headKeyAfter: signer('the head key of the generation after it').publicKey,
    firstHead: { number: 999_999_999_999, hash: drawn('hash of another first head') },
  };
  const make = async (rotation: Rotation, before: Signer, after: Signer) => ({
    object: await signRotation(nodeCrypto, rotation, {
      before: seedOf(before),
      after: seedOf(after),
    }),
    ...rotation,
    seedBefore: before.seed,
    seedAfter: after.seed,
  });
  const made = await make(first, OWNER, NEXT);
  const { object } = made;
  const fails = (name: string, fields: object, code = 'damaged') => ({
    name,
    base: 'first',
    ...fields,
    code,
  });
  const resigned = (name: string, patches: readonly Patch[], after: Signer = NEXT) =>
    fails(`signed, but ${name}`, { patches: resign(object, patches, after) });
  return {
    path: 'rotation/certificates.json',
    description:
      'Certificates of rotations (spec/rotation.md §3.2). A failure is the case "base" with patches, each [offset, bytes], or cut or grown to a length.',
    cases: [
      { name: 'first', ...made },
      { name: 'second', ...(await make(second, NEXT, LAST)) },
    ],
    failures: [
      ...[0, 6, 8, 40, 43, 44, 76, 108, 140, 147, 148, 179, 180, 212, 243, 244, 307].map((at) =>
        fails(`byte ${at} flipped`, { patches: flip(object, at) }),
      ),
      fails('a newer version', { patches: [[7, '02']] }, 'format-too-new'),
      fails('version 0 of the format', { patches: [[7, '00']] }),
      fails('a commit certificate in its place', { patches: [[2, '434f4d4d']] }),
      fails('cut by a byte', { lengthBytes: 307 }),
      fails('a byte longer', { lengthBytes: 309 }),
      fails('nothing there', { lengthBytes: 0 }),
      fails('signed by another key before', {
        patches: [signedBy(object, signer('another owner'), 'rotate')],
      }),
      fails('signed by the new key alone', { patches: [signedBy(object, NEXT, 'rotate')] }),
      fails('signed by the old key alone', { patches: [signedBy(object, OWNER, 'rotated')] }),
      fails('the signatures exchanged', {
        patches: [
          [OFFSETS.rotate, object.slice(244, 308).toHex()],
          [OFFSETS.rotated, object.slice(180, 244).toHex()],
        ],
      }),
      fails('no signature of the new key', { patches: [[OFFSETS.rotated, '00'.repeat(64)]] }),
      fails('the label of the other signature', {
        patches: [[OFFSETS.rotate, signature(object, OWNER.seed, 'rotated')]],
      }),
      resigned('of generation 0', [[40, '00000000']]),
      resigned('of generation 32', [[40, '00000020']]),
      resigned('of the same owner', [[76, OWNER.publicKey.toHex()]], OWNER),
      resigned('without a first head', [[140, '00'.repeat(8)]]),
      resigned('with a first head of number 10^12', [[140, '000000e8d4a51000']]),
    ],
  };
}

type Label = keyof typeof OFFSETS;

function signedBy(object: Uint8Array, { seed }: Signer, label: Label): Patch {
  return [OFFSETS[label], signature(object, seed, label)];
}

/** Patches, and the signatures that then fit. */
function resign(object: Uint8Array, patches: readonly Patch[], after: Signer): readonly Patch[] {
  const changed = object.slice();
  for (const [at, hex] of patches) changed.set(Uint8Array.fromHex(hex), at);
  return [...patches, signedBy(changed, OWNER, 'rotate'), signedBy(changed, after, 'rotated')];
}

function signature(object: Uint8Array, seed: Uint8Array, label: Label): string {
  const signed = object.subarray(0, SIGNED_BYTES);
  const message = concatBytes(new TextEncoder().encode(`holdfast/v1/${label}`), signed);
  return nodeCrypto.ed25519Sign(seed, message).toHex();
}
