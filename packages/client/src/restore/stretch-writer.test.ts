import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { O_DIRECT } from '../platform/direct-io.ts';
import { StretchWriter } from './stretch-writer.ts';
import type { OpenFile } from './write-long.ts';

const MIB = 1024 * 1024;

const byteAt = (offset: number): number => (offset * 7 + (offset >> 13)) % 253;

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-stretch-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

function withFile<Result>(path: string, use: (file: OpenFile) => Promise<Result>): Promise<Result> {
  const fd = openSync(path, 'w');
  let directFd = -1;
  try {
    if (O_DIRECT !== 0) directFd = openSync(path, constants.O_WRONLY | O_DIRECT);
  } catch {
    // This file system has no such writes.
  }
  return use({ fd, directFd }).finally(() => {
    closeSync(fd);
    if (directFd >= 0) closeSync(directFd);
  });
}

/** Fills as the place in the file says. */
const fillFrom = (fileOffset: number) => (into: Uint8Array, at: number) => {
  for (let i = 0; i < into.length; i++) into[i] = byteAt(fileOffset + at + i);
};

describe('StretchWriter', () => {
  test('writes stretches of any length where they belong, whichever follow each other', async (t) => {
    const folder = await temporaryFolder(t);
    const lengths = fc.array(
      fc.oneof(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 80 }).map((blocks) => blocks * 4096),
        fc.integer({ min: 1, max: 5 * MIB }),
      ),
      { minLength: 1, maxLength: 6 },
    );
    const writer = new StretchWriter();
    let files = 0;
    await fc.assert(
      fc.asyncProperty(lengths, fc.nat(5), fc.boolean(), async (stretches, first, turned) => {
        const path = join(folder, `${files++}`);
        const total = stretches.reduce((sum, length) => sum + length, 0);
        let end = 0;
        const places = stretches.map((lengthBytes) => {
          end += lengthBytes;
          return { fileOffset: end - lengthBytes, lengthBytes, isEnd: end === total };
        });
        // Begun in the middle, and backwards: neighbours do not always come one after the other.
        const order = [...places.slice(first), ...places.slice(0, first)];
        if (turned) order.reverse();
        await withFile(path, async (file) => {
          for (const place of order) {
            await writer.add({ file, ...place }, fillFrom(place.fileOffset));
          }
          writer.flush();
        });
        const written = readFileSync(path);
        assert.equal(written.length, total);
        const wrong = written.findIndex((byte, at) => byte !== byteAt(at));
        assert.equal(wrong, -1);
        await rm(path);
      }),
      { numRuns: 40 },
    );
  });

  test('keeps two files apart', async (t) => {
    const folder = await temporaryFolder(t);
    const writer = new StretchWriter();
    await withFile(join(folder, 'a'), (a) =>
      withFile(join(folder, 'b'), async (b) => {
        await writer.add({ file: a, fileOffset: 0, lengthBytes: 10, isEnd: false }, fillFrom(0));
        await writer.add({ file: b, fileOffset: 10, lengthBytes: 10, isEnd: false }, fillFrom(10));
        writer.flush();
      }),
    );
    assert.equal(readFileSync(join(folder, 'a')).length, 10);
    assert.equal(readFileSync(join(folder, 'b')).length, 20);
  });

  test('writes nothing more of what it was to forget', async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    const writer = new StretchWriter();
    await withFile(path, async (file) => {
      await writer.add({ file, fileOffset: 0, lengthBytes: 10, isEnd: false }, fillFrom(0));
      writer.discard();
      writer.flush();
    });
    assert.equal(readFileSync(path).length, 0);
  });

  test('throws what writing throws', async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    closeSync(openSync(path, 'w'));
    const fd = openSync(path, 'r');
    t.after(() => closeSync(fd));
    const stretch = { file: { fd, directFd: -1 }, fileOffset: 0, lengthBytes: 10, isEnd: true };
    await assert.rejects(new StretchWriter().add(stretch, fillFrom(0)), { code: 'EBADF' });
  });
});
