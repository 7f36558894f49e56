// Vectors of certificates of rotations (spec/rotation.md §3.2).

import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { type Rotation, sealBridge, signRotation } from '@holdfast/core/rotation';
import { Secret } from '@holdfast/core/secret';
import { countingCrypto, drawn } from './counting-crypto.ts';
import { flip, type Patch } from './patch.ts';
import { OWNER, ownBackupId, PROOF, type Signer, signer } from './vault-maker.ts';
import type { VectorFile } from './vector-file.ts';

const SIGNED_BYTES = 324;
const OFFSETS = { rotate: 324, rotated: 388, 'rotate-proof': 452 } as const;
const NEXT = signer('the owner of the next generation');
const LAST = signer('the owner of the generation after it');
/** What the password of the carried record gives. */
const SECRET = drawn('shared secret of a carried record');
const RECORD_HASH = drawn('hash of a carried record');

const seedOf = ({ seed }: Signer): Secret => new Secret(seed.slice());

/** The certificate of a case, with all that makes it. */
interface Made extends Rotation {
  readonly name: string;
  readonly object: Uint8Array;
  readonly seedBefore: Uint8Array;
  readonly seedAfter: Uint8Array;
  readonly seedProof: Uint8Array | null;
}

/** With and without bridges, of two rotations in a row. */
async function certificates(): Promise<Record<'plain' | 'last' | 'bridged' | 'second', Made>> {
  const first: Rotation = {
    backupId: await ownBackupId(),
    generation: 1,
    ownerBefore: OWNER.publicKey,
    ownerAfter: NEXT.publicKey,
    headKeyAfter: signer('the head key of the next generation').publicKey,
    firstHead: { number: 8, hash: drawn('hash of a first head') },
    bridge: null,
  };
  const second: Rotation = {
    ...first,
    generation: 2,
    ownerBefore: NEXT.publicKey,
    ownerAfter: LAST.publicKey,
    headKeyAfter: signer('the head key of the generation after it').publicKey,
    firstHead: { number: 999_999_999_999, hash: drawn('hash of another first head') },
  };
  const crypto = countingCrypto('rotations');
  const bridged = async (rotation: Rotation, nextKey: string): Promise<Rotation> => {
    const [secret, key] = [new Secret(SECRET.slice()), new Secret(drawn(nextKey))];
    return { ...rotation, bridge: await sealBridge(crypto, rotation, RECORD_HASH, secret, key) };
  };
  return {
    plain: await make('first', first, OWNER, NEXT),
    last: await make('second', second, NEXT, LAST),
    bridged: await make('with a bridge', await bridged(first, 'next root key'), OWNER, NEXT),
    second: await make('another bridge', await bridged(second, 'last root key'), NEXT, LAST),
  };
}

async function make(
  name: string,
  rotation: Rotation,
  before: Signer,
  after: Signer,
): Promise<Made> {
  const proof = rotation.bridge === null ? null : PROOF;
  const object = await signRotation(nodeCrypto, rotation, {
    before: seedOf(before),
    after: seedOf(after),
    proof: proof === null ? null : seedOf(proof),
  });
  const [seedBefore, seedAfter, seedProof] = [before.seed, after.seed, proof?.seed ?? null];
  return { name, object, ...rotation, seedBefore, seedAfter, seedProof };
}

export async function rotationVectors(): Promise<VectorFile> {
  const { plain, last, bridged: withBridge, second } = await certificates();
  const { object } = plain;
  const fails = (name: string, fields: object, code = 'damaged') => ({
    name,
    base: 'first',
    ...fields,
    code,
  });
  const resigned = (name: string, patches: readonly Patch[], after: Signer = NEXT) =>
    fails(`signed, but ${name}`, { patches: resign(object, patches, after) });
  const bridgeFails = (name: string, patches: readonly Patch[]) =>
    fails(name, { base: 'with a bridge', patches });
  return {
    path: 'rotation/certificates.json',
    description:
      'Certificates of rotations (spec/rotation.md §3.2). A failure is the case "base" with patches, each [offset, bytes], or cut or grown to a length.',
    cases: [plain, last, withBridge, second],
    failures: [
      ...[
        0, 6, 8, 40, 43, 44, 76, 108, 140, 147, 148, 179, 180, 212, 323, 324, 387, 388, 451, 452,
        515,
      ].map((at) => fails(`byte ${at} flipped`, { patches: flip(object, at) })),
      fails('a newer version', { patches: [[7, '02']] }, 'format-too-new'),
      fails('version 0 of the format', { patches: [[7, '00']] }),
      fails('a commit certificate in its place', { patches: [[2, '434f4d4d']] }),
      fails('cut by a byte', { lengthBytes: 515 }),
      fails('as long as one without room for a bridge', { lengthBytes: 308 }),
      fails('a byte longer', { lengthBytes: 517 }),
      fails('nothing there', { lengthBytes: 0 }),
      fails('signed by another key before', {
        patches: [signedBy(object, signer('another owner'), 'rotate')],
      }),
      fails('signed by the new key alone', { patches: [signedBy(object, NEXT, 'rotate')] }),
      fails('signed by the old key alone', { patches: [signedBy(object, OWNER, 'rotated')] }),
      fails('the signatures exchanged', {
        patches: [
          [OFFSETS.rotate, object.slice(388, 452).toHex()],
          [OFFSETS.rotated, object.slice(324, 388).toHex()],
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
      resigned('with a box of no record', [[212, '01']]),
      resigned('with a proof of no record', [[OFFSETS['rotate-proof'], '01']]),
      ...[180, 211, 212, 244, 276, 323].map((at) =>
        bridgeFails(`byte ${at} of a bridge flipped`, flip(withBridge.object, at)),
      ),
      bridgeFails('its bridge taken out', [
        [180, '00'.repeat(144)],
        [OFFSETS['rotate-proof'], '00'.repeat(64)],
      ]),
      bridgeFails('the bridge of the next rotation in its place', [
        [212, second.object.slice(212, 324).toHex()],
      ]),
    ],
  };
}

/** What a password opens of certificates that parse. */
export async function bridgeVectors(): Promise<VectorFile> {
  const { bridged: first, second } = await certificates();
  const fails = (name: string, fields: object, code: string) => ({
    name,
    base: first.name,
    ...fields,
    code,
  });
  const bytesAt = (made: Made, from: number, to: number): string =>
    made.object.slice(from, to).toHex();
  const unopened = (name: string, patches: readonly Patch[]) =>
    fails(`signed, but ${name}`, { patches: resign(first.object, patches, NEXT) }, 'damaged');
  const unproved = (name: string, patches: readonly Patch[]) =>
    fails(name, { patches }, 'not-proved');
  const at = OFFSETS['rotate-proof'];
  const thiefs = resignOwners(first.object, [[212, drawn('a box of no key', 112).toHex()]], NEXT);
  return {
    path: 'rotation/bridges.json',
    description:
      'What the secret of a carried record opens (spec/rotation.md §3.7): both certificates lead on, one after the other, under one password. A failure is the case "base" with patches, each [offset, bytes], or with another secret; with the code "not-proved", the signature by the proof key does not fit; with "damaged", it fits, and the bridge does not open to the next root key.',
    given: {
      secret: SECRET,
      recordHash: RECORD_HASH,
      proofPublicKey: PROOF.publicKey,
    },
    cases: [
      { name: first.name, object: first.object, nextKey: drawn('next root key') },
      { name: second.name, object: second.object, nextKey: drawn('last root key') },
    ],
    failures: [
      unproved('the proof flipped', flip(first.object, at)),
      unproved('no proof', [[at, '00'.repeat(64)]]),
      unproved('the proof of the next rotation', [[at, bytesAt(second, at, at + 64)]]),
      unproved('proved by the owner key before', [
        [at, signature(first.object, OWNER.seed, 'rotate-proof')],
      ]),
      unproved('the label of another signature', [
        [at, signature(first.object, PROOF.seed, 'rotate')],
      ]),
      unproved('another box under the old proof', thiefs),
      unproved('of another first head under the old proof', [
        ...resignOwners(first.object, [[148, drawn('yet another head').toHex()]], NEXT),
      ]),
      fails('another secret', { secret: drawn('another secret') }, 'damaged'),
      ...[212, 243, 244, 276, 323].map((place) =>
        unopened(`byte ${place} of the box flipped`, flip(first.object, place)),
      ),
      unopened('of another backup', [[8, drawn('another backup id').toHex()]]),
      unopened('of another generation', [[40, '00000002']]),
      unopened('of another record', [[180, drawn('hash of another record').toHex()]]),
      unopened('with the box of the next rotation', [[212, bytesAt(second, 212, 324)]]),
      fails(
        'signed, but of another next owner',
        { patches: resign(first.object, [[76, LAST.publicKey.toHex()]], LAST) },
        'damaged',
      ),
    ],
  };
}

type Label = keyof typeof OFFSETS;

function signedBy(object: Uint8Array, { seed }: Signer, label: Label): Patch {
  return [OFFSETS[label], signature(object, seed, label)];
}

/** Patches, and the signatures of both owner keys that then fit. */
function resignOwners(
  object: Uint8Array,
  patches: readonly Patch[],
  after: Signer,
): readonly Patch[] {
  const changed = patched(object, patches);
  return [...patches, signedBy(changed, OWNER, 'rotate'), signedBy(changed, after, 'rotated')];
}

/** The same with that of the proof key, where there is a bridge. */
function resign(object: Uint8Array, patches: readonly Patch[], after: Signer): readonly Patch[] {
  const all = resignOwners(object, patches, after);
  const hasBridge = object.subarray(180, 212).some((byte) => byte !== 0);
  return hasBridge ? [...all, signedBy(patched(object, all), PROOF, 'rotate-proof')] : all;
}

function patched(object: Uint8Array, patches: readonly Patch[]): Uint8Array {
  const changed = object.slice();
  for (const [at, hex] of patches) changed.set(Uint8Array.fromHex(hex), at);
  return changed;
}

function signature(object: Uint8Array, seed: Uint8Array, label: Label): string {
  const signed = object.subarray(0, label === 'rotate-proof' ? OFFSETS[label] : SIGNED_BYTES);
  const message = concatBytes(new TextEncoder().encode(`holdfast/v1/${label}`), signed);
  return nodeCrypto.ed25519Sign(seed, message).toHex();
}
