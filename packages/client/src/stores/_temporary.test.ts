import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { alignedBytes } from '../platform/aligned-bytes.ts';
import { DIRECT_BLOCK_BYTES, DIRECT_MIN_BYTES } from '../platform/direct-io.ts';
import { writeTemporary } from './_temporary.ts';

const BLOCK = DIRECT_BLOCK_BYTES;
const LENGTHS = [0, 1, BLOCK, DIRECT_MIN_BYTES - BLOCK, DIRECT_MIN_BYTES, DIRECT_MIN_BYTES + 1];

describe('a temporary', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-temporary-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  for (const lengthBytes of [...LENGTHS, 16 * DIRECT_MIN_BYTES]) {
    for (const shift of [0, 1, 512]) {
      it(`holds ${lengthBytes} bytes that begin ${shift} bytes into a page of memory`, async () => {
        const bytes = alignedBytes(shift + lengthBytes + 1).subarray(shift, shift + lengthBytes);
        for (let i = 0; i < lengthBytes; i++) bytes[i] = (i * 31 + (i >> 12)) % 251;
        const path = await writeTemporary(folder, bytes);
        assert.ok((await readFile(path)).equals(Buffer.from(bytes)));
        assert.equal((await stat(path)).mode & 0o777, 0o600);
      });
    }
  }

  it('is one file each, and no second one is left of a write that had to be done over', async () => {
    const count = (await readdir(folder)).length;
    const aside = alignedBytes(2 * DIRECT_MIN_BYTES).subarray(8, 8 + DIRECT_MIN_BYTES);
    await writeTemporary(folder, aside);
    assert.equal((await readdir(folder)).length, count + 1);
  });
});
