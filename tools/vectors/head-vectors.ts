// Vectors of heads: objects, their sealed state, and chains of them (spec/head.md).

import {
  type Address,
  deriveBackupId,
  deriveRootKeys,
  type HeadState,
  Keyring,
  type RootKeys,
  type Segment,
  sealHeadState,
} from '@holdfast/core/backup-format';
import { ByteWriter } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { encodeHeadLink, type HeadLink, signHead } from '@holdfast/core/head';
import { Secret } from '@holdfast/core/secret';
import { sealBox } from '@holdfast/core/wire';
import { countingCrypto, drawn } from './counting-crypto.ts';
import { flip } from './keyring-vectors.ts';
import type { Patch, VectorFile } from './vector-file.ts';

const SIGNATURE_OFFSET = 4032;
const NO_HASH = new Uint8Array(32);
const ROOT: Address = {
  kind: 'node',
  stream: drawn('metadata stream', 16),
  offset: 12_345,
  storedBytes: 300,
  plainBytes: 400,
  compressed: true,
};

class HeadMaker {
  readonly crypto: CryptoPort;
  readonly keys: RootKeys;
  readonly headPublicKey: Uint8Array;
  readonly backupId: Uint8Array;
  readonly epochKeys = [drawn('epoch key 0'), drawn('epoch key 1')];
  readonly keyring = new Keyring(this.epochKeys.map((key) => new Secret(key.slice())));

  constructor(crypto: CryptoPort, keys: RootKeys, headPublicKey: Uint8Array, id: Uint8Array) {
    this.crypto = crypto;
    this.keys = keys;
    this.headPublicKey = headPublicKey;
    this.backupId = id;
  }

  /** @param seed Names the sequence of random bytes. */
  static async make(seed: string): Promise<HeadMaker> {
    const crypto = countingCrypto(seed);
    const keys = await deriveRootKeys(crypto, new Secret(drawn('root key')));
    const ownerPublicKey = await crypto.ed25519PublicKey(keys.ownerSeed.bytes());
    const headPublicKey = await crypto.ed25519PublicKey(keys.headSeed.bytes());
    return new HeadMaker(crypto, keys, headPublicKey, await deriveBackupId(crypto, ownerPublicKey));
  }

  link(number: number, previousHash: Uint8Array, epoch = 1): HeadLink {
    const keyringHash = drawn('hash of the keyring');
    return { backupId: this.backupId, generation: 0, number, previousHash, keyringHash, epoch };
  }

  async make(link: HeadLink, state: HeadState): Promise<Uint8Array> {
    const head = await sealHeadState(this.crypto, this.keyring, link, state);
    return await signHead(this.crypto, this.keys.headSeed, head);
  }

  /** A head that is signed and sealed around any plaintext. */
  async makeAround(link: HeadLink, plain: Uint8Array): Promise<Uint8Array> {
    const room = new Uint8Array(3832);
    room.set(plain);
    const context = encodeHeadLink(link);
    const box = await sealBox(
      this.crypto,
      this.keyring.epochKey(link.epoch),
      'head-seal',
      context,
      room,
    );
    return await signHead(this.crypto, this.keys.headSeed, { ...link, box });
  }

  /** Patches, and the signature that then fits. */
  async resigned(object: Uint8Array, patches: readonly Patch[]): Promise<readonly Patch[]> {
    const message = object.slice(0, SIGNATURE_OFFSET);
    for (const [at, hex] of patches) message.set(Uint8Array.fromHex(hex), at);
    const label = new TextEncoder().encode('holdfast/v1/head');
    const signed = new ByteWriter().raw(label).raw(message).finish();
    const signature = await this.crypto.ed25519Sign(this.keys.headSeed.bytes(), signed);
    return [...patches, [SIGNATURE_OFFSET, signature.toHex()]];
  }
}

function stateWith(segments: readonly Segment[]): HeadState {
  return { atMs: 1_767_225_600_000, deviceId: drawn('a device', 16), root: ROOT, segments };
}

function segmentsInPacks(count: number): Segment[] {
  return Array.from({ length: count }, (_, i) => ({
    stream: i % 2 === 0 ? ROOT.stream : drawn('another stream', 16),
    start: i * 100_000,
    lengthBytes: 100_000,
    pack: { name: drawn(`pack ${i >> 1}`), salt: drawn(`salt ${i >> 1}`), epoch: 1, k: 0 },
    contentOffset: (i % 2) * 100_000,
  }));
}

export async function headVectors(): Promise<VectorFile> {
  const maker = await HeadMaker.make('heads');
  const { headPublicKey, epochKeys } = maker;
  const firstLink = maker.link(1, NO_HASH);
  const first = await maker.make(firstLink, stateWith([]));
  const secondLink = maker.link(2, new Uint8Array(await maker.crypto.sha256(first)));
  const state = stateWith(segmentsInPacks(4));
  const second = await maker.make(secondLink, state);
  const oldEpochLink = maker.link(3, drawn('some hash'), 0);
  const oldEpoch = await maker.make(oldEpochLink, stateWith(segmentsInPacks(1)));
  const rotatedLink = { ...maker.link(999_999_999_999, drawn('some hash')), generation: 2 };
  const rotated = await maker.make(rotatedLink, stateWith([]));
  const fails = (name: string, step: string, fields: object, code = 'damaged') => ({
    name,
    step,
    base: 'second',
    ...fields,
    code,
  });
  const around = async (name: string, plainHex: string) => ({
    name: `sealed and signed, but ${name}`,
    step: 'open',
    object: await maker.makeAround(secondLink, Uint8Array.fromHex(plainHex)),
    code: 'damaged',
  });
  const resigned = async (patches: readonly Patch[]) => ({
    patches: await maker.resigned(second, patches),
  });
  const start = `00${'00'.repeat(16)}`;
  const book = `01${ROOT.stream.toHex()}01`;
  const root = `${book}0200000a`;
  const pack = `${'11'.repeat(64)}0000000000`;
  const stream = ROOT.stream.toHex();
  return {
    path: 'head/heads.json',
    description:
      'Head objects (spec/head.md §1, §3). A failure with "base" is that case with patches, each [offset, bytes], or cut to a length. "step" says what must fail: parse, signature (it does not fit), or open (the sealed state).',
    given: { headPublicKey, epochKeys },
    cases: [
      await headCase(maker, 'first', first, firstLink, stateWith([])),
      await headCase(maker, 'second', second, secondLink, state),
      await headCase(
        maker,
        'of an older epoch',
        oldEpoch,
        oldEpochLink,
        stateWith(segmentsInPacks(1)),
      ),
      await headCase(maker, 'of generation 2, last of all', rotated, rotatedLink, stateWith([])),
    ],
    failures: [
      fails('a newer version', 'parse', { patches: [[7, '02']] }, 'format-too-new'),
      fails('version 0', 'parse', { patches: [[7, '00']] }),
      fails('a keyring in its place', 'parse', { patches: [[2, '4b455953']] }),
      fails('cut by a byte', 'parse', { lengthBytes: 4095 }),
      fails('a byte longer', 'parse', { lengthBytes: 4097 }),
      fails('nothing there', 'parse', { lengthBytes: 0 }),
      fails('number 0', 'parse', { patches: [[44, '0000000000000000']] }),
      fails('number 10^12', 'parse', { patches: [[44, '000000e8d4a51000']] }),
      fails('number 2^53', 'parse', { patches: [[44, '0020000000000000']] }),
      ...[8, 43, 51, 52, 84, 119, 120, 152, 184, 4031, 4032, 4064, 4095].map((at) =>
        fails(`byte ${at} flipped`, 'signature', { patches: flip(second, at) }),
      ),
      fails('signature of another head', 'signature', {
        patches: [[SIGNATURE_OFFSET, first.slice(SIGNATURE_OFFSET).toHex()]],
      }),
      fails('box of another head', 'signature', {
        patches: [[120, first.slice(120, SIGNATURE_OFFSET).toHex()]],
      }),
      fails(
        'a key that signed nothing',
        'signature',
        {
          headPublicKey: await maker.crypto.ed25519PublicKey(drawn('another head seed')),
        },
        'wrong-key',
      ),
      fails(
        'signed anew, around the box of another head',
        'open',
        await resigned([[120, first.slice(120, SIGNATURE_OFFSET).toHex()]]),
      ),
      fails('signed anew, with another number', 'open', await resigned([[44, '0000000000000003']])),
      fails('signed anew, with another keyring', 'open', await resigned([[84, '00'.repeat(32)]])),
      fails('signed anew, with another epoch', 'open', await resigned([[116, '00000000']])),
      fails(
        'signed anew, with an epoch that the keyring lacks',
        'open',
        await resigned([[116, '00000002']]),
      ),
      fails('signed anew, a commitment flipped', 'open', await resigned(flip(second, 152))),
      fails(
        'signed anew, the last byte of the box flipped',
        'open',
        await resigned(flip(second, 4031)),
      ),
      fails('another epoch key', 'open', { epochKeys: [epochKeys[1], epochKeys[0]] }),
      await around('empty', ''),
      await around('with 25 packs', `${start}19`),
      await around('with 65 segments', `${start}000041`),
      await around('with 65 streams', `${start}0041`),
      await around('with a pack of k = 7', `${start}01${'11'.repeat(64)}0000000007`),
      await around('with a segment in no pack', `${start}0001${stream}010000010000${root}`),
      await around('with a segment of no stream', `${start}01${pack}00010000010000${root}`),
      await around('with a segment of no bytes', `${start}01${pack}01${stream}010000000000${root}`),
      await around(
        'with a segment over its pack',
        `${start}01${pack}01${stream}010000f1fe0f0000${root}`,
      ),
      await around('without a root', `${start}0000000000`),
      await around('with two roots', `${start}000000${book.slice(0, -2)}020200000a0200000a`),
      await around('with a root that is a chunk', `${start}000000${book}0000000a`),
      await around('with padding that is not zero', `${start}000000${root}01`),
    ],
  };
}

async function headCase(
  { crypto }: HeadMaker,
  name: string,
  object: Uint8Array,
  link: HeadLink,
  state: HeadState,
): Promise<object> {
  return { name, object, sha256: await crypto.sha256(object), link, state };
}

export async function chainVectors(): Promise<VectorFile> {
  const maker = await HeadMaker.make('chains');
  const objects: Record<string, Uint8Array> = {};
  const hashes: Record<string, Uint8Array> = {};
  const add = async (
    name: string,
    number: number,
    previous: Uint8Array,
    fields: Partial<HeadLink> = {},
  ): Promise<void> => {
    const link = { ...maker.link(number, previous), ...fields };
    const object = await maker.make(link, stateWith([]));
    objects[name] = object;
    hashes[name] = new Uint8Array(await maker.crypto.sha256(object));
  };
  const hashOf = (name: string): Uint8Array => hashes[name] as Uint8Array;
  await add('1', 1, NO_HASH);
  await add('2', 2, hashOf('1'));
  await add('3', 3, hashOf('2'));
  await add('2b', 2, hashOf('1'));
  await add('3b', 3, hashOf('2b'));
  await add('1b', 1, drawn('a hash of nothing'));
  await add('4', 4, hashOf('3'));
  await add('4 after 2', 4, hashOf('2'));
  await add('3 of generation 1', 3, hashOf('2'), { generation: 1 });
  await add('3 of another backup', 3, hashOf('2'), { backupId: drawn('another backup id') });
  const spoilt = (objects['3'] as Uint8Array).slice();
  spoilt[2000] = 255 - (spoilt[2000] as number);
  objects['3 spoilt'] = spoilt;
  objects.none = drawn('no head', 4096);
  const remember = (number: number, name: string) => ({ number, hash: hashOf(name) });
  return {
    path: 'head/chains.json',
    description:
      'Which chains a reader takes (spec/head.md §2). "shown" gives, by the number in their name, the heads that the store shows, which has no recovery record; "remembered" is the newest head that the device saw before; "next" is the number of the head that a writer puts.',
    given: { headPublicKey: maker.headPublicKey, backupId: maker.backupId, objects },
    cases: [
      {
        name: 'nothing remembered',
        shown: { 1: '1', 2: '2', 3: '3' },
        remembered: null,
        newest: 3,
        next: 4,
      },
      {
        name: 'the same state',
        shown: { 1: '1', 2: '2' },
        remembered: remember(2, '2'),
        newest: 2,
        next: 3,
      },
      {
        name: 'a newer state',
        shown: { 1: '1', 2: '2', 3: '3' },
        remembered: remember(1, '1'),
        newest: 3,
        next: 4,
      },
      {
        name: 'heads before the remembered one are missing',
        shown: { 2: '2', 3: '3' },
        remembered: remember(2, '2'),
        newest: 3,
        next: 4,
      },
      {
        name: 'no head far above the heads',
        shown: { 1: '1', 2: '2', 999999999999: 'none' },
        remembered: remember(2, '2'),
        newest: 2,
        next: 3,
      },
      {
        name: 'no head after the newest',
        shown: { 1: '1', 2: '2', 3: 'none', 4: 'none' },
        remembered: remember(1, '1'),
        newest: 2,
        next: 5,
      },
      {
        name: 'an old head under a new number',
        shown: { 1: '1', 2: '2', 3: '2' },
        remembered: null,
        newest: 2,
        next: 4,
      },
      {
        name: 'a head of a later generation, signed by the same key',
        shown: { 1: '1', 2: '2', 3: '3 of generation 1' },
        remembered: remember(2, '2'),
        newest: 2,
        next: 4,
      },
      {
        name: 'a head of another backup, signed by the same key',
        shown: { 1: '1', 2: '2', 3: '3 of another backup' },
        remembered: remember(1, '1'),
        newest: 2,
        next: 4,
      },
      {
        name: 'a damaged newest head, nothing remembered',
        shown: { 1: '1', 2: '2', 3: '3 spoilt' },
        remembered: null,
        newest: 2,
        next: 4,
      },
      {
        name: 'a damaged head that was passed over',
        shown: { 1: '1', 2: '2', 3: '3 spoilt', 4: '4 after 2' },
        remembered: remember(1, '1'),
        newest: 4,
        next: 5,
      },
      {
        name: 'a head that was passed over and is sound again',
        shown: { 1: '1', 2: '2', 3: '3', 4: '4 after 2' },
        remembered: remember(2, '2'),
        newest: 4,
        next: 5,
      },
    ],
    failures: [
      {
        name: 'an older state',
        shown: { 1: '1', 2: '2' },
        remembered: remember(3, '3'),
        code: 'stale',
      },
      { name: 'none any more', shown: {}, remembered: remember(1, '1'), code: 'stale' },
      { name: 'none', shown: {}, remembered: null, code: 'backup-missing' },
      {
        name: 'another head of the same number',
        shown: { 1: '1', 2: '2b' },
        remembered: remember(2, '2'),
        code: 'stale',
      },
      {
        name: 'a newer state of another history',
        shown: { 1: '1', 2: '2b', 3: '3b' },
        remembered: remember(2, '2'),
        code: 'stale',
      },
      {
        name: 'a link that does not fit',
        shown: { 1: '1', 2: '2', 3: '3b' },
        remembered: remember(1, '1'),
        code: 'stale',
      },
      {
        name: 'a link missing',
        shown: { 1: '1', 3: '3' },
        remembered: remember(1, '1'),
        code: 'object-missing',
      },
      {
        name: 'the remembered head is damaged',
        shown: { 1: '1', 2: '2', 3: '3 spoilt' },
        remembered: remember(3, '3'),
        code: 'damaged',
      },
      {
        name: 'the remembered head is gone, and no head after it',
        shown: { 1: '1', 2: '2', 4: 'none' },
        remembered: remember(3, '3'),
        code: 'stale',
      },
      {
        name: 'the remembered head was passed over',
        shown: { 1: '1', 2: '2', 3: '3', 4: '4 after 2' },
        remembered: remember(3, '3'),
        code: 'stale',
      },
      {
        name: 'a link damaged',
        shown: { 1: '1', 2: '2', 3: '3 spoilt', 4: '4' },
        remembered: remember(2, '2'),
        code: 'damaged',
      },
      {
        name: 'no head at all',
        shown: { 1: 'none' },
        remembered: null,
        code: 'wrong-key',
      },
      {
        name: 'a first head that follows something',
        shown: { 1: '1b' },
        remembered: null,
        code: 'wrong-key',
      },
      {
        name: 'nothing that verifies, where a head was',
        shown: { 1: 'none', 2: '3' },
        remembered: remember(1, '1'),
        code: 'wrong-key',
      },
      {
        name: 'the first head alone, under another number',
        shown: { 2: '1' },
        remembered: null,
        code: 'wrong-key',
      },
    ],
  };
}
