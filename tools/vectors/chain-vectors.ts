// Vectors of chains of heads: which a reader takes, and which it refuses (spec/head.md §2).

import type { HeadLink } from '@holdfast/core/head';
import { drawn } from './counting-crypto.ts';
import { HeadMaker, NO_HASH, stateWith } from './head-maker.ts';
import type { VectorFile } from './vector-file.ts';

/** By the number in their name, the heads that a store shows. */
type Shown = Readonly<Record<number, string>>;
type Remembered = { readonly number: number; readonly hash: Uint8Array } | null;

/** Heads by name, each following another. */
class Chain {
  readonly maker: HeadMaker;
  /** With the root key of generation 1. */
  readonly next: HeadMaker;
  readonly objects: Record<string, Uint8Array> = {};
  readonly #hashes: Record<string, Uint8Array> = {};

  constructor(maker: HeadMaker, next: HeadMaker) {
    this.maker = maker;
    this.next = next;
  }

  async add(
    name: string,
    number: number,
    previous: Uint8Array,
    fields: Partial<HeadLink> = {},
  ): Promise<void> {
    const link = { ...this.maker.link(number, previous), ...fields };
    const maker = name.includes('next root key') ? this.next : this.maker;
    const object = await maker.make(link, stateWith([]));
    this.objects[name] = object;
    this.#hashes[name] = new Uint8Array(await this.maker.crypto.sha256(object));
  }

  hashOf(name: string): Uint8Array {
    return this.#hashes[name] as Uint8Array;
  }

  remember(number: number, name: string): Remembered {
    return { number, hash: this.hashOf(name) };
  }
}

async function makeChain(): Promise<Chain> {
  const maker = await HeadMaker.make('chains');
  const chain = new Chain(maker, await maker.next());
  await chain.add('1', 1, NO_HASH);
  await chain.add('2', 2, chain.hashOf('1'));
  await chain.add('3', 3, chain.hashOf('2'));
  await chain.add('2b', 2, chain.hashOf('1'));
  await chain.add('3b', 3, chain.hashOf('2b'));
  await chain.add('1b', 1, drawn('a hash of nothing'));
  await chain.add('4', 4, chain.hashOf('3'));
  await chain.add('4 after 2', 4, chain.hashOf('2'));
  await chain.add('3 of generation 1', 3, chain.hashOf('2'), { generation: 1 });
  await chain.add('3 of another backup', 3, chain.hashOf('2'), {
    backupId: drawn('another backup id'),
  });
  const ofNext = { generation: 1 };
  await chain.add('4 of the next root key', 4, chain.hashOf('3'), ofNext);
  const first = chain.hashOf('4 of the next root key');
  await chain.add('5 of the next root key', 5, first, ofNext);
  await chain.add('6 of the next root key, after 4', 6, first, ofNext);
  await chain.add('5 after the next root key’s 4', 5, first);
  await chain.add('5 of generation 0, of the next root key', 5, first);
  await chain.add('5 after 3', 5, chain.hashOf('3'));
  const spoilt = (chain.objects['3'] as Uint8Array).slice();
  spoilt[2000] = 255 - (spoilt[2000] as number);
  chain.objects['3 spoilt'] = spoilt;
  chain.objects.none = drawn('no head', 4096);
  return chain;
}

export async function chainVectors(): Promise<VectorFile> {
  const chain = await makeChain();
  const { headPublicKey, backupId } = chain.maker;
  const nextHeadPublicKey = chain.next.headPublicKey;
  return {
    path: 'head/chains.json',
    description:
      'Which chains a reader takes (spec/head.md §2). "shown" gives, by the number in their name, the heads that the store shows, which has no recovery record; "remembered" is the newest head that the device saw before; "next" is the number of the head that a writer puts. With "generation" 1 the reader has the root key of "nextHeadPublicKey", whose certificate (spec/rotation.md §3) it has seen.',
    given: { headPublicKey, nextHeadPublicKey, backupId, objects: chain.objects },
    cases: takenChains(chain),
    failures: refusedChains(chain),
  };
}

/** Chains, the number of the head that a reader takes, and that of the head that a writer puts. */
function takenChains(chain: Chain): readonly object[] {
  const taken = (
    name: string,
    shown: Shown,
    remembered: Remembered,
    newest: number,
    next: number,
  ): object => ({ name, shown, remembered, newest, next });
  const [old, first] = [{ 1: '1', 2: '2', 3: '3' }, { 4: '4 of the next root key' }];
  const takenByNext = (
    name: string,
    shown: Shown,
    remembered: Remembered,
    newest: number,
    next: number,
  ): object => ({
    ...taken(name, { ...old, ...first, ...shown }, remembered, newest, next),
    generation: 1,
  });
  return [
    takenByNext('the first head of a root key', {}, null, 4, 5),
    takenByNext('a head of the next root key', { 5: '5 of the next root key' }, null, 5, 6),
    takenByNext(
      'no head of the root key before, after the rotation',
      { 5: '5 after the next root key’s 4', 6: '5 after 3' },
      chain.remember(4, '4 of the next root key'),
      4,
      7,
    ),
    takenByNext(
      'no head of another generation, signed by the same key',
      { 5: '5 of generation 0, of the next root key' },
      null,
      4,
      6,
    ),
    takenByNext(
      'a head of the root key before that was passed over',
      { 5: '5 after 3', 6: '6 of the next root key, after 4' },
      chain.remember(4, '4 of the next root key'),
      6,
      7,
    ),
    taken('no head of a next root key, which has no certificate', { ...old, ...first }, null, 3, 5),
    taken(
      'a head past that of a next root key, which has no certificate',
      { ...old, ...first, 5: '5 after 3' },
      chain.remember(3, '3'),
      5,
      6,
    ),
    taken('nothing remembered', { 1: '1', 2: '2', 3: '3' }, null, 3, 4),
    taken('the same state', { 1: '1', 2: '2' }, chain.remember(2, '2'), 2, 3),
    taken('a newer state', { 1: '1', 2: '2', 3: '3' }, chain.remember(1, '1'), 3, 4),
    taken(
      'heads before the remembered one are missing',
      { 2: '2', 3: '3' },
      chain.remember(2, '2'),
      3,
      4,
    ),
    taken(
      'no head far above the heads',
      { 1: '1', 2: '2', 999999999999: 'none' },
      chain.remember(2, '2'),
      2,
      3,
    ),
    taken(
      'no head after the newest',
      { 1: '1', 2: '2', 3: 'none', 4: 'none' },
      chain.remember(1, '1'),
      2,
      5,
    ),
    taken('an old head under a new number', { 1: '1', 2: '2', 3: '2' }, null, 2, 4),
    taken(
      'a head of a later generation, signed by the same key',
      { 1: '1', 2: '2', 3: '3 of generation 1' },
      chain.remember(2, '2'),
      2,
      4,
    ),
    taken(
      'a head of another backup, signed by the same key',
      { 1: '1', 2: '2', 3: '3 of another backup' },
      chain.remember(1, '1'),
      2,
      4,
    ),
    taken(
      'a damaged newest head, nothing remembered',
      { 1: '1', 2: '2', 3: '3 spoilt' },
      null,
      2,
      4,
    ),
    taken(
      'a damaged head that was passed over',
      { 1: '1', 2: '2', 3: '3 spoilt', 4: '4 after 2' },
      chain.remember(1, '1'),
      4,
      5,
    ),
    taken(
      'a head that was passed over and is sound again',
      { 1: '1', 2: '2', 3: '3', 4: '4 after 2' },
      chain.remember(2, '2'),
      4,
      5,
    ),
  ];
}

function refusedChains(chain: Chain): readonly object[] {
  const refused = (name: string, shown: Shown, remembered: Remembered, code: string): object => ({
    name,
    shown,
    remembered,
    code,
  });
  return [
    {
      ...refused('no head of the root key', { 1: '1', 2: '2', 3: '3' }, null, 'wrong-key'),
      generation: 1,
    },
    {
      ...refused(
        'the first head of the root key gone, which is remembered',
        { 1: '1', 2: '2', 3: '3' },
        chain.remember(4, '4 of the next root key'),
        'wrong-key',
      ),
      generation: 1,
    },
    refused('an older state', { 1: '1', 2: '2' }, chain.remember(3, '3'), 'stale'),
    refused('none any more', {}, chain.remember(1, '1'), 'stale'),
    refused('none', {}, null, 'backup-missing'),
    refused(
      'another head of the same number',
      { 1: '1', 2: '2b' },
      chain.remember(2, '2'),
      'stale',
    ),
    refused(
      'a newer state of another history',
      { 1: '1', 2: '2b', 3: '3b' },
      chain.remember(2, '2'),
      'stale',
    ),
    refused(
      'a link that does not fit',
      { 1: '1', 2: '2', 3: '3b' },
      chain.remember(1, '1'),
      'stale',
    ),
    refused('a link missing', { 1: '1', 3: '3' }, chain.remember(1, '1'), 'object-missing'),
    refused(
      'the remembered head is damaged',
      { 1: '1', 2: '2', 3: '3 spoilt' },
      chain.remember(3, '3'),
      'damaged',
    ),
    refused(
      'the remembered head is gone, and no head after it',
      { 1: '1', 2: '2', 4: 'none' },
      chain.remember(3, '3'),
      'stale',
    ),
    refused(
      'the remembered head was passed over',
      { 1: '1', 2: '2', 3: '3', 4: '4 after 2' },
      chain.remember(3, '3'),
      'stale',
    ),
    refused(
      'a link damaged',
      { 1: '1', 2: '2', 3: '3 spoilt', 4: '4' },
      chain.remember(2, '2'),
      'damaged',
    ),
    refused('no head at all', { 1: 'none' }, null, 'wrong-key'),
    refused('a first head that follows something', { 1: '1b' }, null, 'wrong-key'),
    refused(
      'nothing that verifies, where a head was',
      { 1: 'none', 2: '3' },
      chain.remember(1, '1'),
      'wrong-key',
    ),
    refused('the first head alone, under another number', { 2: '1' }, null, 'wrong-key'),
  ];
}
