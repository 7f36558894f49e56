import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { alignedBytes, sharedAlignedMemory } from './aligned-bytes.ts';
import { BuffersKnown, BuffersMet, SharedBuffers } from './shared-buffers.ts';

const MIB = 1024 * 1024;

/** Address space of this process, in GiB. */
function addressSpace(): number {
  const [, kib] = /VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kib) / MIB;
}

function withoutWebAssembly(t: TestContext, Memory: unknown): void {
  const kept = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly') as PropertyDescriptor;
  Object.defineProperty(globalThis, 'WebAssembly', {
    value: Memory === undefined ? undefined : { Memory },
    configurable: true,
    writable: true,
  });
  t.after(() => Object.defineProperty(globalThis, 'WebAssembly', kept));
}

test('parts are of the length asked for, begin at pages and share no byte', () => {
  const parts = [1, 65_536, 65_537, 9 * MIB, 3 * MIB, 3 * MIB, 3 * MIB].map(alignedBytes);
  assert.deepEqual(
    parts.map((part) => part.length),
    [1, 65_536, 65_537, 9 * MIB, 3 * MIB, 3 * MIB, 3 * MIB],
  );
  for (const [i, part] of parts.entries()) {
    assert.equal(part.byteOffset % 65_536, 0);
    assert.ok(part.every((byte) => byte === 0));
    part.fill(i + 1);
  }
  for (const [i, part] of parts.entries()) assert.ok(part.every((byte) => byte === i + 1));
});

test('buffers are apart from each other, and a thread finds them by their numbers', async () => {
  const buffers = new SharedBuffers(3, 65_537);
  const [met, known] = [new BuffersMet(), new BuffersKnown()];
  const taken = [await buffers.take(), await buffers.take(), await buffers.take()];
  for (const [i, { bytes }] of taken.entries()) bytes.fill(i + 1);
  for (const [i, buffer] of taken.entries()) {
    const memory = met.memoryFor(buffer);
    assert.equal(memory !== null, i === 0);
    const { bytes } = known.take(buffer.id, memory);
    assert.equal(bytes.length, 65_537);
    assert.ok(bytes.every((byte) => byte === i + 1));
  }
});

test('many parts and buffers take the address space of few memories', {
  skip: process.platform !== 'linux',
}, async () => {
  const before = addressSpace();
  const kept: Uint8Array[] = [];
  for (let i = 0; i < 16; i++) kept.push(alignedBytes(MIB / 4));
  const buffers = new SharedBuffers(24, 16 * MIB);
  for (let i = 0; i < 24; i++) kept.push((await buffers.take()).bytes);
  assert.equal(kept.length, 40);
  assert.ok(addressSpace() - before < 30);
});

function refuse(): never {
  throw new RangeError('could not allocate memory');
}

for (const [name, Memory] of [
  ['WebAssembly', undefined],
  ['address space left for it', refuse],
] as const) {
  test(`other memory does where there is no ${name}`, (t) => {
    withoutWebAssembly(t, Memory);
    const own = alignedBytes(9 * MIB);
    assert.equal(own.length, 9 * MIB);
    assert.ok(own.buffer instanceof ArrayBuffer);
    assert.ok(sharedAlignedMemory(65_537) instanceof SharedArrayBuffer);
  });
}

test('nothing is taken of an address space that is limited', {
  skip: process.platform !== 'linux',
}, () => {
  const module = JSON.stringify(new URL('./aligned-bytes.ts', import.meta.url).href);
  const script = `
    const { alignedBytes, sharedAlignedMemory } = await import(${module});
    const kept = [alignedBytes(1), sharedAlignedMemory(1)];
    const status = process.getBuiltinModule('fs').readFileSync('/proc/self/status', 'utf8');
    console.log(kept.length, /VmPeak:\\s+(\\d+)/.exec(status)[1]);`;
  const limited = 'ulimit -v 30000000; exec "$0" --input-type=module --eval "$1"';
  const printed = execFileSync('sh', ['-c', limited, process.execPath, script], {
    encoding: 'utf8',
  });
  const [kept, peakKib] = printed.trim().split(' ').map(Number);
  assert.equal(kept, 2);
  // Node itself takes about 10 GB; either memory would take 8 more.
  assert.ok((peakKib as number) < 14_000_000, printed);
});
