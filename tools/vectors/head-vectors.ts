// Vectors of head objects and their sealed state (spec/head.md §1, §3).

import type { HeadState } from '@holdfast/core/backup-format';
import type { HeadLink } from '@holdfast/core/head';
import { drawn } from './counting-crypto.ts';
import {
  HeadMaker,
  NO_HASH,
  ROOT,
  SIGNATURE_OFFSET,
  segmentsInPacks,
  stateWith,
} from './head-maker.ts';
import { flip, type Patch } from './patch.ts';
import type { VectorFile } from './vector-file.ts';

/** A head with its link and state. */
interface Made {
  readonly link: HeadLink;
  readonly state: HeadState;
  readonly object: Uint8Array;
}

/** What failures are made from. */
interface Samples {
  readonly maker: HeadMaker;
  readonly first: Made;
  readonly second: Made;
}

export async function headVectors(): Promise<VectorFile> {
  const maker = await HeadMaker.make('heads');
  const { headPublicKey, epochKeys } = maker;
  const make = async (link: HeadLink, state: HeadState): Promise<Made> => {
    return { link, state, object: await maker.make(link, state) };
  };
  const first = await make(maker.link(1, NO_HASH), stateWith([]));
  const secondLink = maker.link(2, new Uint8Array(await maker.crypto.sha256(first.object)));
  const second = await make(secondLink, stateWith(segmentsInPacks(4), 3));
  const oldEpochLink = maker.link(3, drawn('some hash'), 0);
  const oldEpoch = await make(oldEpochLink, stateWith(segmentsInPacks(1)));
  const rotatedLink = { ...maker.link(999_999_999_999, drawn('some hash')), generation: 2 };
  const rotated = await make(rotatedLink, stateWith([]));
  const described = async (name: string, { object, link, state }: Made): Promise<object> => {
    return { name, object, sha256: await maker.crypto.sha256(object), link, state };
  };
  const samples = { maker, first, second };
  return {
    path: 'head/heads.json',
    description:
      'Head objects (spec/head.md §1, §3). A failure with "base" is that case with patches, each [offset, bytes], or cut to a length. "step" says what must fail: parse, signature (it does not fit), or open (the sealed state).',
    given: { headPublicKey, epochKeys },
    cases: [
      await described('first', first),
      await described('second', second),
      await described('of an older epoch', oldEpoch),
      await described('of generation 2, last of all', rotated),
    ],
    failures: [
      ...parseFailures(),
      ...(await signatureFailures(samples)),
      ...(await openFailures(samples)),
      ...(await stateFailures(samples)),
    ],
  };
}

/** @param fields What makes it fail. */
function fails(name: string, step: string, fields: object, code = 'damaged'): object {
  return { name, step, base: 'second', ...fields, code };
}

function parseFailures(): readonly object[] {
  return [
    fails('a newer version', 'parse', { patches: [[7, '02']] }, 'format-too-new'),
    fails('version 0', 'parse', { patches: [[7, '00']] }),
    fails('a keyring in its place', 'parse', { patches: [[2, '4b455953']] }),
    fails('cut by a byte', 'parse', { lengthBytes: 4095 }),
    fails('a byte longer', 'parse', { lengthBytes: 4097 }),
    fails('nothing there', 'parse', { lengthBytes: 0 }),
    fails('number 0', 'parse', { patches: [[44, '0000000000000000']] }),
    fails('number 10^12', 'parse', { patches: [[44, '000000e8d4a51000']] }),
    fails('number 2^53', 'parse', { patches: [[44, '0020000000000000']] }),
  ];
}

async function signatureFailures({ maker, first, second }: Samples): Promise<readonly object[]> {
  const spoilt = (name: string, patches: readonly Patch[]): object =>
    fails(name, 'signature', { patches });
  const headPublicKey = await maker.crypto.ed25519PublicKey(drawn('another head seed'));
  return [
    ...[8, 43, 51, 52, 84, 119, 120, 152, 184, 4031, 4032, 4064, 4095].map((at) =>
      spoilt(`byte ${at} flipped`, flip(second.object, at)),
    ),
    spoilt('signature of another head', [
      [SIGNATURE_OFFSET, first.object.slice(SIGNATURE_OFFSET).toHex()],
    ]),
    spoilt('box of another head', [[120, first.object.slice(120, SIGNATURE_OFFSET).toHex()]]),
    fails('a key that signed nothing', 'signature', { headPublicKey }, 'wrong-key'),
  ];
}

/** The signature fits, the box does not open. */
async function openFailures({ maker, first, second }: Samples): Promise<readonly object[]> {
  const { object } = second;
  const [epochKey, newerEpochKey] = maker.epochKeys;
  const resigned = async (name: string, patches: readonly Patch[]): Promise<object> =>
    fails(`signed anew, ${name}`, 'open', { patches: await maker.resigned(object, patches) });
  return [
    await resigned('around the box of another head', [
      [120, first.object.slice(120, SIGNATURE_OFFSET).toHex()],
    ]),
    await resigned('with another number', [[44, '0000000000000003']]),
    await resigned('with another keyring', [[84, '00'.repeat(32)]]),
    await resigned('with another epoch', [[116, '00000000']]),
    await resigned('with an epoch that the keyring lacks', [[116, '00000002']]),
    await resigned('a commitment flipped', flip(object, 152)),
    await resigned('the last byte of the box flipped', flip(object, 4031)),
    fails('another epoch key', 'open', { epochKeys: [newerEpochKey, epochKey] }),
  ];
}

/** The box opens, what is in it is no state. */
async function stateFailures({ maker, second }: Samples): Promise<readonly object[]> {
  const around = async (name: string, plainHex: string): Promise<object> => ({
    name: `sealed and signed, but ${name}`,
    step: 'open',
    object: await maker.makeAround(second.link, Uint8Array.fromHex(plainHex)),
    code: 'damaged',
  });
  const stream = ROOT.stream.toHex();
  const start = `00${'00'.repeat(16)}`;
  const book = `01${stream}01`;
  const root = `${book}0200000a`;
  const pack = `${'11'.repeat(64)}0000000000`;
  return [
    await around('empty', ''),
    await around('with 21 packs', `${start}15`),
    await around('with 49 segments', `${start}000031`),
    await around('with 49 streams', `${start}0031`),
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
    await around('with ten logs', `${start}000000${root}0a`),
    await around('with a log without entries', `${start}000000${root}01${'22'.repeat(32)}`),
    await around(
      'with a log of 2^53 entries',
      `${start}000000${root}01${'22'.repeat(32)}0020000000000000`,
    ),
    await around('with five heads put aside', `${start}000000${root}0005`),
    await around('with head 0 put aside', `${start}000000${root}0001`),
    await around('with head 10^12 put aside', `${start}000000${root}0001000000e8d4a51000`),
    await around('with padding that is not zero', `${start}000000${root}000001`),
  ];
}
