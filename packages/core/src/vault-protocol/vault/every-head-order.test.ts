/**
 * What holds of a vault's newest head in whatever order two devices, a lying store and a network that
 * repeats what it saw do things: every order, up to so many steps.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChainedHead, rebaseHead, takeHeads } from './heads.ts';
import { type Ledger, newLedger } from './ledger.ts';
import { rotateOwner } from './rotating.ts';
import type { Ruling } from './ruling.ts';

/** Beyond what each search does at least. */
const MORE_STEPS = process.env.SLOW === '1' ? 2 : 0;
const HEADS_MAX = 5;
const DEVICES = [0, 1];
const NONE = new Uint8Array(32);

/** A head by its place in the world's list; the first one is there from the beginning. */
type Place = number;

interface Made extends ChainedHead {
  /** Null for the first. */
  readonly previous: Place | null;
  /** What it says was put aside: what the vault had when its device went on from a stale store. */
  readonly displaces: Place | null;
  /** 1 from the first head of a rotation on. */
  readonly generation: 0 | 1;
}

/** Each is signed by the owner of its head's generation; a rotation, by the one before. */
type Message =
  | { readonly kind: 'witness'; readonly heads: readonly Place[] }
  | { readonly kind: 'rebase'; readonly displaced: Place; readonly head: Place }
  | { readonly kind: 'rotate'; readonly displaced: Place | null; readonly head: Place };

interface World {
  readonly heads: readonly Made[];
  readonly ledger: Ledger;
  /** The newest head that each device wrote or read. */
  readonly remembered: readonly Place[];
  /** All that was ever sent: each may arrive at any time, never, or several times. */
  readonly sent: ReadonlyMap<string, Message>;
  /** Heads that re-bases put aside. */
  readonly putAside: readonly Place[];
}

const KEYS = { backupId: NONE, ownerPublicKey: NONE, headPublicKey: NONE };

function begin(): World {
  const first: Made = {
    number: 1,
    hash: hashOf(0),
    previousHash: NONE,
    previous: null,
    displaces: null,
    generation: 0,
  };
  const remembered = DEVICES.map(() => 0);
  return { heads: [first], ledger: newLedger(KEYS), remembered, sent: new Map(), putAside: [] };
}

function hashOf(place: Place): Uint8Array {
  return new Uint8Array(32).fill(place + 1);
}

function placeOf(head: Ledger['head']): Place | null {
  return head === null ? null : (head.hash[0] as number) - 1;
}

/** From a head down to the first. */
function lineOf({ heads }: World, from: Place): readonly Place[] {
  const line: Place[] = [];
  for (let at: Place | null = from; at !== null; at = heads[at]?.previous ?? null) line.push(at);
  return line;
}

interface Writing {
  readonly device: number;
  /** The store shows a device any head as the newest, and it writes the next one on top of that. */
  readonly shown: Place;
  readonly acceptsStale?: boolean;
  /** Whether it is the first of the next generation; there is one such. */
  readonly isFirst?: boolean;
}

function write(
  world: World,
  { device, shown, acceptsStale = false, isFirst = false }: Writing,
): World | null {
  const remembered = world.remembered[device] as Place;
  const held = placeOf(world.ledger.head);
  const line = lineOf(world, shown);
  const isStale = !line.includes(remembered);
  const isOutside = held !== null && !line.includes(held);
  // A device that does not reach the vault writes although that holds another history.
  const mayWrite = acceptsStale ? isStale || isOutside : !isStale;
  if (world.heads.length === HEADS_MAX || !mayWrite) return null;
  if (isFirst && world.heads.some(({ generation }) => generation === 1)) return null;
  const place = world.heads.length;
  const { number, hash, generation: shownGeneration } = world.heads[shown] as Made;
  const generation = isFirst ? 1 : shownGeneration;
  const link = { number: number + 1, hash: hashOf(place), previousHash: hash, previous: shown };
  const displaces = acceptsStale && isOutside ? held : null;
  const head: Made = { ...link, displaces, generation };
  return {
    ...world,
    heads: [...world.heads, head],
    remembered: world.remembered.with(device, place),
  };
}

function send(world: World, message: Message): World | null {
  const name = JSON.stringify(message);
  if (world.sent.has(name)) return null;
  return { ...world, sent: new Map([...world.sent, [name, message]]) };
}

/** A device brings the vault up to date, or has it put aside what it has, as each owner that it can sign as. */
function* sendings(world: World, device: number): Generator<World | null> {
  const newest = world.remembered[device] as Place;
  const line = lineOf(world, newest).toReversed();
  const isOf = (generation: 0 | 1) => (place: Place) =>
    world.heads[place]?.generation === generation;
  for (const heads of [line.filter(isOf(0)), line.filter(isOf(1))]) {
    for (let from = 0; from < heads.length; from++) {
      yield send(world, { kind: 'witness', heads: heads.slice(from) });
    }
  }
  const first = line.find(isOf(1));
  const held = placeOf(world.ledger.head);
  const isOutside = held !== null && !line.includes(held);
  const isPutAside = isOutside && line.some((place) => world.heads[place]?.displaces === held);
  if (isPutAside) yield send(world, { kind: 'rebase', displaced: held, head: newest });
  if (first === undefined) return;
  yield send(world, { kind: 'rotate', displaced: null, head: first });
  if (isPutAside) yield send(world, { kind: 'rotate', displaced: held, head: first });
}

/** What the vault makes of a message that is of its owner; null when it is not. */
function ruled({ heads, ledger }: World, message: Message): Ruling | null {
  const of = (place: Place): Made => heads[place] as Made;
  const last = of(message.kind === 'witness' ? (message.heads.at(-1) as Place) : message.head);
  const owner = message.kind === 'rotate' ? last.generation - 1 : last.generation;
  if (owner !== ledger.generation) return null;
  if (message.kind === 'witness') return takeHeads(ledger, message.heads.map(of));
  const { displaced } = message;
  const displacedHash = displaced === null ? null : of(displaced).hash;
  if (message.kind === 'rebase') return rebaseHead(ledger, displacedHash ?? NONE, last);
  const { number, hash, previousHash } = last;
  return rotateOwner(ledger, {
    ...{ generation: 1, ownerAfter: NONE, headKeyAfter: NONE, carried: null },
    ...{ firstHead: { number, hash }, previousHash, displacedHash },
  });
}

function arrive(world: World, message: Message): World | null {
  const before = placeOf(world.ledger.head);
  const ruling = ruled(world, message);
  if (ruling === null) return null;
  const { ledger, outcome, events } = ruling;
  const after = placeOf(ledger.head);
  if (ledger === world.ledger) {
    const isThere = after === (message.kind === 'witness' ? message.heads.at(-1) : message.head);
    assert.equal(outcome, isThere ? 'done' : 'conflict');
    return null;
  }
  assert.ok(outcome === 'done' && after !== null);
  assert.ok(!world.putAside.includes(after), 'what was put aside comes back');
  assert.equal(ledger.generation, world.heads[after]?.generation, 'never of an owner before');
  const kinds = events.map(({ what }) => what);
  const isAlong = before === null || lineOf(world, after).includes(before);
  if (message.kind === 'witness') assert.deepEqual(kinds, []);
  if (message.kind === 'rotate') assert.equal(kinds.at(-1), 'rotated');
  if (message.kind !== 'rebase' && isAlong) {
    assert.equal(ledger.displacedHead, world.ledger.displacedHead);
    return { ...world, ledger };
  }
  assert.ok(message.kind !== 'witness', 'moves along links');
  assert.equal(message.displaced, before);
  assert.equal(placeOf(ledger.displacedHead), before);
  assert.equal(kinds[0], 'rebased');
  return { ...world, ledger, putAside: [...world.putAside, before as Place] };
}

function* steps(world: World): Generator<World | null> {
  for (const device of DEVICES) {
    for (const shown of world.heads.keys()) {
      yield write(world, { device, shown });
      yield write(world, { device, shown, acceptsStale: true });
      yield write(world, { device, shown, isFirst: true });
    }
    yield* sendings(world, device);
  }
  for (const message of world.sent.values()) yield arrive(world, message);
}

function keyOf({ heads, ledger, remembered, sent, putAside }: World): string {
  const links = heads.map(({ previous, displaces, generation }) => [
    previous,
    displaces,
    generation,
  ]);
  const newest = [placeOf(ledger.head), placeOf(ledger.displacedHead)];
  const rest = [
    ledger.generation,
    remembered.toSorted(),
    [...sent.keys()].toSorted(),
    putAside.toSorted(),
  ];
  return JSON.stringify([links, newest, rest]);
}

/** Two devices that a store showed two histories, and a vault that follows the first. */
function forked(): World {
  const [first, second] = [0, 1].map((device) => write(begin(), { device, shown: 0 })) as [
    World | null,
    World | null,
  ];
  assert.ok(first !== null && second !== null);
  const heads = [...first.heads, { ...(second.heads[1] as Made), hash: hashOf(2) }];
  const message: Message = { kind: 'witness', heads: [0, 1] };
  const shown = send({ ...first, heads, remembered: [1, 2] }, message);
  const world = shown === null ? null : arrive(shown, message);
  assert.ok(world !== null);
  return world;
}

/** Where a search begins, and how many steps it goes at least. */
const SEARCHES: readonly (readonly [string, number, World])[] = [
  ['a vault without heads', 7, begin()],
  ['two histories', 7, forked()],
];

for (const [name, leastSteps, start] of SEARCHES) {
  test(`from ${name}, the newest moves along links, or by a re-base that names it, and never back`, () => {
    let worlds: readonly World[] = [start];
    const seen = new Set([keyOf(start)]);
    let replayed = 0;
    let rotatedAside = 0;
    for (let step = 0; step < leastSteps + MORE_STEPS; step++) {
      const reached: World[] = [];
      for (const next of worlds.flatMap((world) => [...steps(world)])) {
        if (next === null || seen.has(keyOf(next))) continue;
        seen.add(keyOf(next));
        reached.push(next);
        if (next.putAside.length > 0) replayed += next.sent.size;
        if (next.putAside.length > 0 && next.ledger.generation === 1) rotatedAside++;
      }
      worlds = reached;
    }
    assert.ok(worlds.length > 0 && replayed > 0 && rotatedAside > 0);
  });
}
