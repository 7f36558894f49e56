/** Runs vectors/head/chains.json by the shortest code that follows spec/head.md §2. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { type ErrorCode, HoldfastError } from '../errors/index.ts';
import { Secret } from '../secret/index.ts';
import {
  encodeHeadLink,
  HEAD_BOX_BYTES,
  HEAD_BYTES,
  HEAD_NUMBER_MAX,
  HEAD_PUBLIC_BYTES,
  type HeadLink,
  parseHead,
  signHead,
  verifyHead,
} from './head.ts';

interface Vector {
  readonly name: string;
  readonly shown: Readonly<Record<string, string>>;
  readonly remembered: { readonly number: number; readonly hash: string } | null;
  readonly newest: number;
  readonly next: number;
  readonly generation?: 0 | 1;
  readonly code: string;
}

interface Vectors {
  readonly given: {
    readonly headPublicKey: string;
    readonly nextHeadPublicKey: string;
    readonly backupId: string;
    readonly objects: Readonly<Record<string, string>>;
  };
  readonly cases: readonly Vector[];
  readonly failures: readonly Vector[];
}

const url = new URL('../../../../vectors/head/chains.json', import.meta.url);
const { given, cases, failures }: Vectors = JSON.parse(readFileSync(url, 'utf8'));
const failure = (code: ErrorCode): HoldfastError =>
  new HoldfastError(code, 'Cannot follow the chain: the vector says so');

/** A head under the number that the store gives it, checked by itself; null when it is none. */
function readShown(vector: Vector, number: number): { link: HeadLink; hash: string } | null {
  const { shown, generation = 0 } = vector;
  const name = shown[number];
  if (name === undefined) return null;
  const object = Uint8Array.fromHex(given.objects[name] as string);
  let link: HeadLink;
  try {
    link = parseHead(object);
  } catch {
    return null;
  }
  const isFirst = link.previousHash.every((byte) => byte === 0);
  if (!nodeCrypto.ed25519Verify(...signatureOf(object, generation))) return null;
  if (link.generation !== generation || link.number !== number || isFirst !== (number === 1))
    return null;
  if (link.backupId.toHex() !== given.backupId) return null;
  return { link, hash: nodeCrypto.sha256(object).toHex() };
}

function signatureOf(object: Uint8Array, generation: number): [Uint8Array, Uint8Array, Uint8Array] {
  const label = new TextEncoder().encode('holdfast/v1/head');
  const message = new Uint8Array([...label, ...object.subarray(0, 4032)]);
  const key = generation === 0 ? given.headPublicKey : given.nextHeadPublicKey;
  return [Uint8Array.fromHex(key), message, object.subarray(4032)];
}

function newestOf(vector: Vector): { newest: number; next: number } {
  const { remembered } = vector;
  const numbers = Object.keys(vector.shown).map(Number);
  if (numbers.length === 0) throw failure(remembered === null ? 'backup-missing' : 'stale');
  const lowest = remembered?.number ?? 1;
  const candidates = numbers.filter((number) => number >= lowest).sort((a, b) => b - a);
  const newest = candidates.find((number) => readShown(vector, number) !== null);
  if (newest === undefined) {
    const isOurs = numbers.some((number) => readShown(vector, number) !== null);
    if (remembered === null || !isOurs) throw failure('wrong-key');
    throw failure(numbers.includes(remembered.number) ? 'damaged' : 'stale');
  }
  if (remembered !== null) assertDescends(vector, newest, remembered);
  let next = newest + 1;
  while (numbers.includes(next)) next++;
  return { newest, next };
}

function assertDescends(
  vector: Vector,
  newest: number,
  remembered: { readonly number: number; readonly hash: string },
): void {
  let at = readShown(vector, newest);
  let gap: HoldfastError | null = null;
  for (let number = newest; number > remembered.number; ) {
    const previous = at?.link.previousHash.toHex();
    if (previous === remembered.hash) return;
    for (number--; number > remembered.number; number--) {
      const seen = readShown(vector, number);
      if (seen === null) gap ??= failure(number in vector.shown ? 'damaged' : 'object-missing');
      if (seen?.hash === previous) {
        at = seen;
        break;
      }
    }
  }
  if (newest > remembered.number || at?.hash !== remembered.hash) throw gap ?? failure('stale');
}

for (const vector of cases) {
  test(`a chain of heads is followed as the vector says: ${vector.name}`, () => {
    const { newest, next } = vector;
    assert.deepEqual(newestOf(vector), { newest, next });
  });
}
for (const vector of failures) {
  test(`a chain of heads is refused as the vector says: ${vector.name}`, () => {
    assert.throws(() => newestOf(vector), { code: vector.code });
  });
}

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const u32 = fc.nat(0xffffffff);
const link: fc.Arbitrary<HeadLink> = fc.record({
  backupId: hash,
  generation: u32,
  number: fc.integer({ min: 1, max: HEAD_NUMBER_MAX }),
  previousHash: hash,
  keyringHash: hash,
  epoch: u32,
});

test('any public part survives being signed and read, and has its fixed length', async () => {
  const seed = new Secret(new Uint8Array(32).fill(1));
  const publicKey = nodeCrypto.ed25519PublicKey(seed.bytes());
  const box = new Uint8Array(HEAD_BOX_BYTES).fill(9);
  await fc.assert(
    fc.asyncProperty(link, async (given) => {
      assert.equal(encodeHeadLink(given).length, HEAD_PUBLIC_BYTES);
      const object = await signHead(nodeCrypto, seed, { ...given, box });
      assert.equal(object.length, HEAD_BYTES);
      assert.deepEqual(parseHead(object), { ...given, box });
      assert.equal(await verifyHead(nodeCrypto, publicKey, object), true);
      assert.equal(await verifyHead(nodeCrypto, publicKey, object.subarray(1)), false);
    }),
    { numRuns: 30 },
  );
});

test('a parsed head keeps its bytes when the object it came from changes', () => {
  const object = Buffer.from(given.objects['1'] as string, 'hex');
  const head = parseHead(object);
  object.fill(0);
  assert.equal(head.backupId.toHex(), given.backupId);
});

test('signHead() refuses a box of another length', async () => {
  const seed = new Secret(new Uint8Array(32));
  const head = parseHead(Uint8Array.fromHex(given.objects['1'] as string));
  await assert.rejects(signHead(nodeCrypto, seed, { ...head, box: new Uint8Array(9) }), RangeError);
});

test('signHead() refuses a number that no name has room for', async () => {
  const seed = new Secret(new Uint8Array(32));
  const head = parseHead(Uint8Array.fromHex(given.objects['1'] as string));
  const signing = signHead(nodeCrypto, seed, { ...head, number: HEAD_NUMBER_MAX + 1 });
  await assert.rejects(signing, { code: 'limit-exceeded' });
});

test('parseHead() reads any 4,096 bytes or says what is wrong with them', () => {
  const object = Uint8Array.fromHex(given.objects['1'] as string);
  fc.assert(
    fc.property(fc.nat(HEAD_PUBLIC_BYTES - 1), fc.uint8Array({ maxLength: 200 }), (at, bytes) => {
      const changed = object.slice();
      changed.set(bytes, at);
      try {
        assert.ok(parseHead(changed).number > 0);
      } catch (error) {
        assert.ok(error instanceof HoldfastError);
        assert.match(error.code, /^(damaged|format-too-new)$/);
      }
    }),
  );
});
