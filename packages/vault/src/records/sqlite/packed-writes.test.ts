import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '@holdfast/core/bytes';
import fc from 'fast-check';
import { packWrite, unpackWrites, type Write } from './packed-writes.ts';

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const many = fc.array(bytes(40), { maxLength: 3 });
const count = fc.maxSafeNat();

const change = fc.record({
  ledgerId: bytes(32),
  expectedRevision: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  sealed: bytes(200),
  dueAtMs: fc.option(count),
  firstNumber: count,
  entries: many,
  putNames: many,
  putBytes: many,
  deleteNames: many,
  tokenHash: fc.option(bytes(32)),
  tokenExpiresAtMs: count,
});

const anyWrite: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ kind: fc.constant('change' as const), change }),
  fc.record({
    kind: fc.constant('setting' as const),
    name: fc.string(),
    expected: fc.option(bytes(40)),
    value: bytes(40),
  }),
  fc.record({ kind: fc.constant('drop-tokens' as const), nowMs: count }),
  fc.record({ kind: fc.constant('check' as const) }),
);

test('writes come out as they were packed, in order', () => {
  fc.assert(
    fc.property(fc.array(anyWrite, { maxLength: 5 }), (writes) => {
      const writer = new ByteWriter();
      for (const write of writes) packWrite(writer, write);
      assert.deepEqual(unpackWrites(writer.finish()), structuredClone(writes));
    }),
  );
});

test('what is cut off is no list of writes', () => {
  const writer = new ByteWriter();
  packWrite(writer, { kind: 'setting', name: 'some', expected: null, value: new Uint8Array(9) });
  const packed = writer.finish();
  assert.throws(() => unpackWrites(packed.subarray(0, -1)), { code: 'damaged' });
  packed[0] = 9;
  assert.throws(() => unpackWrites(packed), { code: 'damaged' });
});
