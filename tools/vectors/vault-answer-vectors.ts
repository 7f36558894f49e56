// Vectors of what a vault answers, and of how a ledger stands (spec/vault-protocol.md §5, §5.1).

import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import {
  type AnswerBody,
  encodeAnswerBody,
  encodeGreeting,
  type LedgerStatus,
  type RequestKind,
  type ServingKey,
  signAnswer,
} from '@holdfast/core/vault-protocol';
import { drawn } from './counting-crypto.ts';
import { flip, type Patch } from './patch.ts';
import { DAY_MS, NOW_MS, SERVING, servingKey, signBy, signer, VAULT } from './vault-maker.ts';
import type { VectorFile } from './vector-file.ts';

const HEAD_BYTES = 49;
const EMPTY: LedgerStatus = {
  state: 'none',
  guessesLeft: 10,
  lifetimeLeft: 100,
  waitMs: 0,
  log: { number: 0, hash: new Uint8Array(32) },
  head: null,
  records: [],
};
const FULL: LedgerStatus = {
  state: 'delayed',
  guessesLeft: 5,
  lifetimeLeft: 77,
  waitMs: 299_000,
  log: { number: 4_000_000_000_000, hash: drawn('end of a log') },
  head: { number: 999_999_999_999, hash: drawn('hash of a head') },
  records: [
    record('removed', 1),
    record('destroyed', 2),
    { ...record('old', 3), row: 2 },
    { ...record('live', 5), row: 3, dueInMs: 1 },
    { ...record('pending', 6), dueInMs: 72 * 3600 * 1000 },
    { ...record('staged', 999_999), hash: new Uint8Array(32) },
  ],
};

function record(state: LedgerStatus['records'][number]['state'], version: number) {
  const id = drawn(`record ${version}`, 16);
  return { id, hash: drawn(`hash of record ${version}`), version, state, row: 0, dueInMs: 0 };
}

export async function vaultAnswerVectors(): Promise<VectorFile> {
  const requestHash = drawn('hash of a request');
  const make = async (
    kind: RequestKind,
    body: AnswerBody,
    name: string = kind,
    key: ServingKey = servingKey(),
    timeMs = NOW_MS,
  ) => {
    const answer = { kind, requestHash, timeMs, body: encodeAnswerBody(body) };
    const bytes = await signAnswer(VAULT.publicKey, key, answer);
    const { outcome, status, rest } = body;
    return { name, kind, timeMs, bytes, outcome, status, rest };
  };
  const none = new Uint8Array(0);
  const greeting = {
    identity: VAULT.publicKey,
    guessLimit: 10,
    lifetimeLimit: 100,
    delayHours: 72,
    issuer: 'https://issuer.example',
  };
  const full = await make('status', { outcome: 'done', status: FULL, rest: none });
  const hello = { outcome: 'done', status: EMPTY, rest: encodeGreeting(greeting) } as const;
  const cases = [
    full,
    await make('hello', hello),
    await make('guess', { outcome: 'done', status: FULL, rest: drawn('an element', 33) }),
    await make(
      'guess',
      { outcome: 'frozen', status: { ...FULL, state: 'frozen', guessesLeft: 0 }, rest: none },
      'guess at a frozen record',
    ),
    await make(
      'guess',
      { outcome: 'suspended', status: { ...FULL, state: 'suspended' }, rest: none },
      'guess at a suspended record',
    ),
    await make('commit', {
      outcome: 'superseded',
      status: { ...EMPTY, state: 'locked-out' },
      rest: none,
    }),
    await make(
      'status',
      { outcome: 'done', status: EMPTY, rest: none },
      'status in the last millisecond',
      servingKey(),
      NOW_MS + 29 * DAY_MS,
    ),
  ];
  const untrusted = await Promise.all([
    make('status', full, 'a serving key for 31 days', servingKey(31)),
    make('status', full, 'a serving key of another vault', servingKey(30, signer('another vault'))),
    make('status', full, 'signed by another serving key', { ...servingKey(), sign: signBy(VAULT) }),
    make('status', full, 'made before its serving key', servingKey(), NOW_MS - DAY_MS - 1),
    make('status', full, 'made after its serving key', servingKey(), NOW_MS + 29 * DAY_MS + 1),
    make('status', full, 'padding that is not zero', paddedKey()),
  ]);
  return {
    path: 'vault-protocol/answers.json',
    description:
      'Answers (spec/vault-protocol.md §5, §5.1): by the vault, to the request of that hash, read by a client whose clock says "nowMs". A failure with "base" is that case with patches, each [offset, bytes], or cut or grown to a length; one with "body" is the body of an answer.',
    given: {
      vault: VAULT.publicKey,
      servingPublicKey: SERVING.publicKey,
      requestHash,
      nowMs: NOW_MS,
    },
    cases,
    failures: [
      ...forged(full.bytes),
      ...untrusted.map(({ name, bytes }) => ({ name, bytes, code: 'vault-untrusted' })),
      ...damagedBodies(),
    ],
  };
}

function forged(bytes: Uint8Array): readonly object[] {
  const fails = (name: string, fields: object) => {
    return { name, base: 'status', ...fields, code: 'vault-untrusted' };
  };
  const end = bytes.length;
  return [
    ...[
      0,
      7,
      8,
      9,
      41,
      48,
      HEAD_BYTES,
      HEAD_BYTES + 1,
      end - 208,
      end - 170,
      end - 128,
      end - 64,
      end - 1,
    ].map((at) => fails(`byte ${at} flipped`, { patches: flip(bytes, at) })),
    fails('nothing there', { lengthBytes: 0 }),
    fails('cut by a byte', { lengthBytes: end - 1 }),
    fails('a byte longer', { lengthBytes: end + 1 }),
    fails('to another request', { requestHash: drawn('hash of another request') }),
    fails('of another vault', { vault: signer('another vault').publicKey }),
    fails('a clock that is more than a day early', { nowMs: NOW_MS - 2 * DAY_MS - 1 }),
    fails('a clock that is more than a day late', { nowMs: NOW_MS + 30 * DAY_MS + 1 }),
  ];
}

function paddedKey(): ServingKey {
  const { certificate } = servingKey();
  const certified = certificate.slice(0, 80);
  certified[79] = 1;
  const message = concatBytes(new TextEncoder().encode('holdfast/v1/serving-key'), certified);
  return {
    sign: signBy(SERVING),
    certificate: concatBytes(certified, nodeCrypto.ed25519Sign(VAULT.seed, message)),
  };
}

function damagedBodies(): readonly object[] {
  const body = encodeAnswerBody({ outcome: 'done', status: FULL, rest: new Uint8Array(0) });
  const patched = (name: string, ...patches: readonly Patch[]) => {
    const changed = body.slice();
    for (const [at, hex] of patches) changed.set(Uint8Array.fromHex(hex), at);
    return { name, body: changed, code: 'damaged' };
  };
  const refused = encodeAnswerBody({ outcome: 'frozen', status: EMPTY, rest: new Uint8Array(0) });
  return [
    patched('an unknown outcome', [0, '0a']),
    patched('an unknown state', [1, '06']),
    patched('a wait of 2^53 milliseconds', [7, '0020000000000000']),
    patched('a log of 2^53 entries', [15, '0020000000000000']),
    patched('head 10^12', [55, '000000e8d4a51000']),
    patched('the hash of no head', [55, '0000000000000000']),
    patched('a record of state 0', [96 + 52, '00']),
    patched('a record of state 7', [96 + 52, '07']),
    patched('a record too many', [95, '07']),
    { name: 'nothing in it', body: new Uint8Array(0), code: 'damaged' },
    {
      name: 'bytes after a refusal',
      body: concatBytes(refused, Uint8Array.of(0)),
      code: 'damaged',
    },
  ];
}
