// Vectors of what a client sends a vault (spec/vault-protocol.md §5).

import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import {
  encodeRequest,
  encodeRequestBody,
  type RequestBodies,
  type RequestKind,
  signRemoval,
  signRequest,
} from '@holdfast/core/vault-protocol';
import { drawn } from './counting-crypto.ts';
import { flip, type Patch } from './patch.ts';
import { OWNER, ownBackupId, PROOF, type Signer, signer, VAULT } from './vault-maker.ts';
import type { VectorFile } from './vector-file.ts';

const HEADER_BYTES = 105;
/** The base point of P-256. */
const ELEMENT = Uint8Array.fromHex(
  '036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
);

/** As far as a request is concerned, any bytes are a head. */
const HEAD = new Uint8Array(4096).fill(0x48);

interface RequestCase {
  readonly name: string;
  readonly kind: RequestKind;
  readonly bytes: Uint8Array;
  readonly body: object;
  /** By which key; null for none. */
  readonly signedBy: Uint8Array | null;
}

export async function vaultRequestVectors(): Promise<VectorFile> {
  const backupId = await ownBackupId();
  const frame = { vault: VAULT.publicKey, backupId, nonce: drawn('a nonce') };
  const make = async <Kind extends RequestKind>(
    kind: Kind,
    body: RequestBodies[Kind],
    by: Signer | null,
    name: string = kind,
  ): Promise<RequestCase> => {
    const request = { ...frame, kind, body: encodeRequestBody(kind, body) };
    const bytes =
      by === null ? encodeRequest(request) : await signRequest(nodeCrypto, request, by.seed);
    return { name, kind, bytes, body, signedBy: by?.publicKey ?? null };
  };
  const ids = { recordId: drawn('a record', 16), seenNumber: 300 };
  const guess = {
    recordHash: drawn('hash of a record'),
    attemptId: drawn('an attempt', 16),
    element: ELEMENT,
  };
  const stage = { stageId: drawn('a stage', 16), version: 7, account: null, element: ELEMENT };
  const account = drawn('an account');
  const status = await make('status', {}, OWNER);
  const proved = await signRemoval(nodeCrypto, frame, ids, OWNER.seed, PROOF.seed);
  const proof = proved.slice(HEADER_BYTES + 24, HEADER_BYTES + 88);
  const cases: readonly RequestCase[] = [
    { ...(await make('hello', {}, null)), bytes: helloBytes(frame.nonce) },
    await make(
      'enrol',
      { ownerPublicKey: OWNER.publicKey, headPublicKey: drawn('a head key') },
      OWNER,
    ),
    await make('stage', { ...stage, account }, OWNER),
    await make('stage', stage, OWNER, 'stage for the account of the live record'),
    await make('retire', {}, PROOF),
    status,
    await make('status', {}, null, 'status with a token'),
    await make('record', { recordHash: guess.recordHash }, OWNER),
    await make('guess', guess, null),
    await make(
      'proof',
      { attemptId: guess.attemptId, sentHash: drawn('sent'), answeredHash: drawn('answered') },
      PROOF,
    ),
    await make('remove', { ...ids, proof: null }, OWNER),
    {
      name: 'remove with the proof of its password',
      kind: 'remove',
      bytes: proved,
      body: { ...ids, proof },
      signedBy: OWNER.publicKey,
    },
    await make('cancel', ids, PROOF),
    await make('log', { from: 101 }, OWNER),
    await make('witness', { heads: [HEAD, HEAD] }, OWNER),
    await make('head', {}, OWNER),
    await make('rebase', { displacedHash: drawn('hash of a head'), head: HEAD }, OWNER),
    await make(
      'rotate',
      { certificate: drawn('a rotation', 516), head: HEAD, displacedHash: null },
      OWNER,
    ),
    await make(
      'rotate',
      {
        certificate: drawn('a rotation', 516),
        head: HEAD,
        displacedHash: drawn('hash of a head'),
      },
      OWNER,
    ),
  ];
  return {
    path: 'vault-protocol/requests.json',
    description:
      'Requests (spec/vault-protocol.md §5); that of kind "commit" is a record and a certificate in this frame. A failure with "base" is that case with patches, each [offset, bytes], or cut or grown to a length; one with the code "not-authorised" parses, and its signature is not by the key of the case.',
    given: {
      vault: VAULT.publicKey,
      backupId,
      nonce: frame.nonce,
      proofPublicKey: PROOF.publicKey,
    },
    cases,
    failures: [...damaged(status.bytes), ...(await unsigned(status.bytes, proved))],
  };
}

function helloBytes(nonce: Uint8Array): Uint8Array {
  const none = new Uint8Array(32);
  return encodeRequest({
    kind: 'hello',
    vault: none,
    backupId: none,
    nonce,
    body: new Uint8Array(0),
  });
}

function damaged(status: Uint8Array): readonly object[] {
  const fails = (name: string, fields: object, code = 'damaged') => {
    return { name, base: 'status', ...fields, code };
  };
  const cut = (base: string, lengthBytes: number) =>
    fails(`${base}, cut by a byte`, { base, lengthBytes: lengthBytes - 1 });
  return [
    fails('nothing there', { lengthBytes: 0 }),
    fails('cut in its nonce', { lengthBytes: HEADER_BYTES - 1 }),
    fails('a newer version', { patches: [[7, '02']] }, 'format-too-new'),
    fails('version 0', { patches: [[7, '00']] }),
    fails('an answer in its place', { patches: [[3, '414e53']] }),
    fails('kind 0', { patches: [[8, '00']] }),
    fails('kind 17', { patches: [[8, '11']] }),
    fails('longer than 64 KiB', { lengthBytes: 64 * 1024 + 1 }, 'limit-exceeded'),
    fails('with a body', { lengthBytes: status.length + 1 }),
    cut('enrol', HEADER_BYTES + 64 + 64),
    cut('stage', HEADER_BYTES + 85 + 64),
    cut('guess', HEADER_BYTES + 81),
    cut('proof', HEADER_BYTES + 80 + 64),
    cut('remove', HEADER_BYTES + 88 + 64),
    cut('cancel', HEADER_BYTES + 24 + 64),
    fails('log from 0', { base: 'log', patches: [[HEADER_BYTES, '0000000000000000']] }),
    fails('log from 2^53', { base: 'log', patches: [[HEADER_BYTES, '0020000000000000']] }),
    fails('no heads', { base: 'witness', patches: [[HEADER_BYTES, '00']] }),
    fails('fewer heads than it says', { base: 'witness', patches: [[HEADER_BYTES, '03']] }),
    fails('more heads than it says', { base: 'witness', patches: [[HEADER_BYTES, '01']] }),
    fails(
      '16 heads',
      {
        ...{ base: 'witness', patches: [[HEADER_BYTES, '10']] },
        lengthBytes: HEADER_BYTES + 1 + 16 * 4096 + 64,
      },
      'limit-exceeded',
    ),
    cut('rebase', HEADER_BYTES + 32 + 4096 + 64),
    cut('rotate', HEADER_BYTES + 516 + 4096 + 32 + 64),
    fails('a head with a body', { base: 'head', lengthBytes: HEADER_BYTES + 1 + 64 }),
    fails('a hello that is longer', { base: 'hello', lengthBytes: HEADER_BYTES + 1 }),
  ];
}

async function unsigned(status: Uint8Array, removal: Uint8Array): Promise<readonly object[]> {
  const fails = (name: string, patches: readonly Patch[], base = 'status') => {
    return { name, base, patches, code: 'not-authorised' };
  };
  const signatureOf = (label: string, { seed }: Signer, bytes = status): string => {
    const message = new TextEncoder().encode(`holdfast/v1/${label}`);
    const signed = concatBytes(message, bytes.subarray(0, -64));
    return nodeCrypto.ed25519Sign(seed, signed).toHex();
  };
  return [
    ...[9, 41, 73, HEADER_BYTES, HEADER_BYTES + 63].map((at) =>
      fails(`byte ${at} flipped`, flip(status, at)),
    ),
    fails('by another key', [[HEADER_BYTES, signatureOf('vault-status', signer('another owner'))]]),
    fails('with the label of another kind', [[HEADER_BYTES, signatureOf('vault-log', OWNER)]]),
    fails('made into another kind', [[8, '05']]),
    fails('no signature', [[HEADER_BYTES, '00'.repeat(64)]]),
    fails(
      'a removal whose proof was taken out',
      [[HEADER_BYTES + 24, '00'.repeat(64)]],
      'remove with the proof of its password',
    ),
    fails(
      'a removal of another record',
      flip(removal, HEADER_BYTES),
      'remove with the proof of its password',
    ),
  ];
}
