/** What every place for large objects must do (`packages/provider/src/bytes/object-bytes.ts`). */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { ObjectBytes, Place } from '@holdfast/provider/bytes';

export interface ObjectBytesUnderTest {
  readonly bytes: ObjectBytes;
  /** Clears away all it held. */
  destroy(): Promise<void>;
}

const PIECE_BYTES = 70_000;

function newPlace(accountId: Uint8Array = randomBytes(16)): Place {
  return { accountId, place: randomBytes(16) };
}

async function* inPieces(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < whole.length; at += PIECE_BYTES) {
    yield whole.subarray(at, at + PIECE_BYTES);
  }
}

/**
 * Registers the tests.
 *
 * @param name Of the implementation, as the report shall show it.
 */
export function testObjectBytesContract(
  name: string,
  make: () => Promise<ObjectBytesUnderTest>,
): void {
  describe(`${name} keeps the contract of a place for large objects:`, () => {
    let made: ObjectBytesUnderTest | undefined;
    before(async () => {
      made = await make();
    });
    after(async () => {
      await made?.destroy();
    });
    const current = (): ObjectBytes =>
      made?.bytes ?? assert.fail('it is made before the first test');

    const readAll = async (place: Place, offset: number, lengthBytes: number) => {
      const stream = await current().read(place, { offset, lengthBytes });
      return stream === null ? null : Buffer.concat(await stream.toArray());
    };
    const list = async (accountId: Uint8Array): Promise<number> => {
      let count = 0;
      for await (const one of current().list()) {
        if (Buffer.from(one.accountId).equals(accountId)) count++;
        assert.ok(one.writtenAtMs > 0 && one.place.length === 16);
      }
      return count;
    };

    test('what was written is read, whole and in part, and hashed', async () => {
      const whole = randomBytes(1_000_000);
      const place = newPlace();
      const hash = await current().write(place, inPieces(whole), whole.length);
      assert.ok(createHash('sha256').update(whole).digest().equals(hash));
      assert.ok(whole.equals((await readAll(place, 0, whole.length)) ?? Buffer.alloc(0)));
      const part = await readAll(place, 65_530, 12);
      assert.ok(whole.subarray(65_530, 65_542).equals(part ?? Buffer.alloc(0)));
    });

    test('a body of another length, or one that fails, leaves nothing', async () => {
      const { accountId } = newPlace();
      const whole = randomBytes(200_000);
      for (const lengthBytes of [199_999, 200_001]) {
        const written = current().write(newPlace(accountId), inPieces(whole), lengthBytes);
        await assert.rejects(written, { code: 'damaged' });
      }
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield whole;
        throw new Error('the line is dead');
      };
      const place = newPlace(accountId);
      await assert.rejects(current().write(place, failing(), 400_000), /the line is dead/);
      assert.equal(await readAll(place, 0, 1), null);
      assert.equal(await list(accountId), 0);
    });

    test('a place that was removed is gone, once and for all', async () => {
      const place = newPlace();
      assert.equal(await readAll(place, 0, 1), null);
      await current().remove(place);
      await current().write(place, inPieces(randomBytes(100)), 100);
      assert.equal(await list(place.accountId), 1);
      for (let i = 0; i < 2; i++) await current().remove(place);
      assert.equal(await readAll(place, 0, 1), null);
      assert.equal(await list(place.accountId), 0);
    });

    test('places of one id, of two accounts, are two', async () => {
      const a = newPlace();
      const b = { accountId: randomBytes(16), place: a.place };
      await current().write(a, inPieces(randomBytes(10)), 10);
      assert.equal(await readAll(b, 0, 10), null);
      await current().remove(b);
      assert.notEqual(await readAll(a, 0, 10), null);
    });

    test('many are written at once', async () => {
      const { accountId } = newPlace();
      const wholes = Array.from({ length: 20 }, () => randomBytes(300_000));
      const places = await Promise.all(
        wholes.map(async (whole) => {
          const place = newPlace(accountId);
          await current().write(place, inPieces(whole), whole.length);
          return place;
        }),
      );
      assert.equal(await list(accountId), 20);
      for (const [i, place] of places.entries()) {
        const whole = wholes[i] as Buffer;
        assert.ok(whole.equals((await readAll(place, 0, whole.length)) ?? Buffer.alloc(0)));
      }
    });

    test('a reader that goes away early leaves nothing open', async () => {
      const place = newPlace();
      await current().write(place, inPieces(randomBytes(2_000_000)), 2_000_000);
      const stream = await current().read(place, { offset: 0, lengthBytes: 2_000_000 });
      assert.ok(stream !== null);
      const closed = new Promise((resolve) => stream.once('close', resolve));
      for await (const _ of stream) break;
      await closed;
      assert.ok(stream.destroyed);
    });
  });
}
