/**
 * What holds of a vault's newest head in whatever order two devices, a lying store and a network that
 * repeats what it saw do things: every order, up to so many steps.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChainedHead, rebaseHead, takeHeads } from './heads.ts';
import { type Ledger, newLedger } from './ledger.ts';
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
}

type Message =
  | { readonly kind: 'witness'; readonly heads: readonly Place[] }
  | { readonly kind: 'rebase'; readonly displaced: Place; readonly head: Place };

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

/** The store shows a device any head as the newest, and it writes the next one on top of that. */
function write(world: World, device: number, shown: Place, acceptsStale: boolean): World | null {
  const remembered = world.remembered[device] as Place;
  const held = placeOf(world.ledger.head);
  const line = lineOf(world, shown);
  const isStale = !line.includes(remembered);
  const isOutside = held !== null && !line.includes(held);
  // A device that does not reach the vault writes although that holds another history.
  const mayWrite = acceptsStale ? isStale || isOutside : !isStale;
  if (world.heads.length === HEADS_MAX || !mayWrite) return null;
  const place = world.heads.length;
  const { number, hash } = world.heads[shown] as Made;
  const link = { number: number + 1, hash: hashOf(place), previousHash: hash, previous: shown };
  const head = { ...link, displaces: acceptsStale && isOutside ? held : null };
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

/** A device brings the vault up to date, or has it put aside what it has. */
function* sendings(world: World, device: number): Generator<World | null> {
  const newest = world.remembered[device] as Place;
  const line = lineOf(world, newest).toReversed();
  for (let from = 0; from < line.length; from++) {
    yield send(world, { kind: 'witness', heads: line.slice(from) });
  }
  const displaced = placeOf(world.ledger.head);
  if (displaced === null || line.includes(displaced)) return;
  const isPutAside = line.some((place) => world.heads[place]?.displaces === displaced);
  if (isPutAside) yield send(world, { kind: 'rebase', displaced, head: newest });
}

function arrive(world: World, message: Message): World | null {
  const of = (place: Place): Made => world.heads[place] as Made;
  const before = placeOf(world.ledger.head);
  const ruling: Ruling =
    message.kind === 'witness'
      ? takeHeads(world.ledger, message.heads.map(of))
      : rebaseHead(world.ledger, of(message.displaced).hash, of(message.head));
  const { ledger, outcome } = ruling;
  const after = placeOf(ledger.head);
  if (ledger === world.ledger) {
    const isThere = after === (message.kind === 'witness' ? message.heads.at(-1) : message.head);
    assert.equal(outcome, isThere ? 'done' : 'conflict');
    return null;
  }
  assert.ok(outcome === 'done' && after !== null);
  assert.ok(!world.putAside.includes(after), 'what was put aside comes back');
  if (message.kind === 'witness') {
    assert.ok(before === null || lineOf(world, after).includes(before), 'moves along links');
    assert.equal(ledger.displacedHead, world.ledger.displacedHead);
    assert.deepEqual(ruling.events, []);
    return { ...world, ledger };
  }
  assert.equal(message.displaced, before);
  assert.equal(placeOf(ledger.displacedHead), before);
  assert.deepEqual(
    ruling.events.map(({ what }) => what),
    ['rebased'],
  );
  return { ...world, ledger, putAside: [...world.putAside, message.displaced] };
}

function* steps(world: World): Generator<World | null> {
  for (const device of DEVICES) {
    for (const shown of world.heads.keys()) {
      yield write(world, device, shown, false);
      yield write(world, device, shown, true);
    }
    yield* sendings(world, device);
  }
  for (const message of world.sent.values()) yield arrive(world, message);
}

function keyOf({ heads, ledger, remembered, sent, putAside }: World): string {
  const links = heads.map(({ previous, displaces }) => [previous, displaces]);
  const newest = [placeOf(ledger.head), placeOf(ledger.displacedHead)];
  const rest = [remembered.toSorted(), [...sent.keys()].toSorted(), putAside.toSorted()];
  return JSON.stringify([links, newest, rest]);
}

/** Two devices that a store showed two histories, and a vault that follows the first. */
function forked(): World {
  const [first, second] = [write(begin(), 0, 0, false), write(begin(), 1, 0, false)];
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
    for (let step = 0; step < leastSteps + MORE_STEPS; step++) {
      const reached: World[] = [];
      for (const next of worlds.flatMap((world) => [...steps(world)])) {
        if (next === null || seen.has(keyOf(next))) continue;
        seen.add(keyOf(next));
        reached.push(next);
        if (next.putAside.length > 0) replayed += next.sent.size;
      }
      worlds = reached;
    }
    assert.ok(worlds.length > 0 && replayed > 0);
  });
}
