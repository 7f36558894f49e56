import assert from 'node:assert/strict';
import { closeSync, constants, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { alignedBytes } from '../platform/aligned-bytes.ts';
import {
  CACHE_PAGE_MAX_BYTES,
  DIRECT_BLOCK_BYTES,
  DIRECT_MIN_BYTES,
  O_DIRECT,
} from '../platform/direct-io.ts';
import { writeLong } from './write-long.ts';

const BLOCK = DIRECT_BLOCK_BYTES;
const PAGE = CACHE_PAGE_MAX_BYTES;
const LONG = 2 * DIRECT_MIN_BYTES;

describe('writeLong()', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-write-'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  const cases = [
    { name: 'whole blocks', memory: 0, from: 0, lengthBytes: LONG, fileOffset: BLOCK },
    {
      name: 'an end that fills no block',
      memory: 0,
      from: BLOCK,
      lengthBytes: LONG + 7,
      fileOffset: 0,
    },
    { name: 'a place between blocks', memory: 0, from: BLOCK, lengthBytes: LONG, fileOffset: 100 },
    {
      name: 'a beginning between blocks',
      memory: 0,
      from: 3,
      lengthBytes: LONG,
      fileOffset: BLOCK,
    },
    { name: 'memory that no disk takes', memory: 16, from: 0, lengthBytes: LONG, fileOffset: 0 },
    { name: 'little', memory: 0, from: 0, lengthBytes: BLOCK, fileOffset: 2 * BLOCK },
    {
      name: 'a place beyond 4 GiB',
      memory: 0,
      from: 0,
      lengthBytes: LONG + 1,
      fileOffset: 2 ** 32,
    },
  ];
  for (const { name, memory, from, lengthBytes, fileOffset } of cases) {
    for (const isDirect of [true, false]) {
      it(`writes ${name}${isDirect ? '' : ', without direct writes'}`, () => {
        const path = join(folder, `${name} ${isDirect}`);
        const bytes = alignedBytes(memory + from + lengthBytes).subarray(memory);
        for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31 + (i >> 12)) % 251;
        const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
        const directFd = isDirect ? openDirect(path) : -1;
        try {
          writeLong({ fd, directFd }, bytes.subarray(from), fileOffset, false);
        } finally {
          closeSync(fd);
          if (directFd >= 0) closeSync(directFd);
        }
        assert.ok(readFrom(path, fileOffset).equals(Buffer.from(bytes.subarray(from))));
      });
    }
  }

  const places = [
    { fileOffset: 0, lengthBytes: 4 * PAGE, direct: [0, 4 * PAGE] },
    { fileOffset: BLOCK, lengthBytes: 3 * PAGE, direct: [PAGE, 3 * PAGE] },
    { fileOffset: 2 * PAGE, lengthBytes: 2 * PAGE + BLOCK, direct: [2 * PAGE, 4 * PAGE] },
    { fileOffset: PAGE - 512, lengthBytes: PAGE + 1024, direct: null },
    { fileOffset: 2 * BLOCK, lengthBytes: 2 * PAGE - 3 * BLOCK, direct: null },
    { fileOffset: BLOCK, lengthBytes: 3 * PAGE + 7, isEnd: true, direct: [PAGE, 3 * PAGE + BLOCK] },
    { fileOffset: PAGE + BLOCK, lengthBytes: PAGE, isEnd: true, direct: null },
  ];
  for (const { fileOffset, lengthBytes, isEnd = false, direct } of places) {
    const end = isEnd ? ', the end,' : '';
    it(`writes ${lengthBytes} bytes at ${fileOffset}${end} past the cache where it may`, () => {
      // Two files, to see what goes which way.
      const paths = ['cached', 'direct'].map((name) =>
        join(folder, `${name} ${fileOffset} ${lengthBytes}`),
      );
      const [fd = -1, directFd = -1] = paths.map((path) => openSync(path, 'w+'));
      const bytes = alignedBytes(lengthBytes).fill(1);
      try {
        writeLong({ fd, directFd }, bytes, fileOffset, isEnd);
      } finally {
        closeSync(fd);
        closeSync(directFd);
      }
      const [cached = Buffer.of(), past = Buffer.of()] = paths.map((path) => readFrom(path, 0));
      assert.deepEqual(past.length === 0 ? null : [past.indexOf(1), past.length], direct);
      const [from = 0, to = 0] = direct ?? [];
      for (let at = fileOffset; at < fileOffset + lengthBytes; at += 512) {
        assert.equal(cached[at] ?? 0, at >= from && at < to ? 0 : 1, `${at}`);
      }
    });
  }
});

function openDirect(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | O_DIRECT);
  } catch {
    return -1;
  }
}

/** What a file holds from a place on. */
function readFrom(path: string, offset: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const rest = Buffer.alloc(fstatSync(fd).size - offset);
    for (let at = 0; at < rest.length; )
      at += readSync(fd, rest, at, rest.length - at, offset + at);
    return rest;
  } finally {
    closeSync(fd);
  }
}
