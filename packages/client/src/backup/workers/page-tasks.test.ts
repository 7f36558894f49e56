import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { randomBytes } from '../../fixture/random-bytes.ts';
import { temporaryFolder } from '../../fixture/temporary-backup.ts';
import { type Blob, StreamWriter } from '../../repository/stream-writer.ts';
import { PageTasks } from './page-tasks.ts';

/** Keeps what is stored. */
class KeepingWriter extends StreamWriter {
  readonly blobs: { bytes: number; names: number }[] = [];

  constructor() {
    const unused = (): never => {
      throw new TypeError('"writer" must not be asked for packs');
    };
    super({ crypto: nodeCrypto, stream: new Uint8Array(16), takeBuffer: unused, full: unused });
  }

  override async append({ kind, plain, names }: Blob) {
    this.blobs.push({ bytes: plain.length, names: names.length / 16 });
    const sizes = { offset: 0, storedBytes: plain.length, plainBytes: plain.length };
    return { kind, stream: new Uint8Array(16), ...sizes, compressed: false };
  }
}

test('pages of different lengths never share a group', async (t) => {
  const path = join(temporaryFolder(t), 'pages');
  writeFileSync(path, randomBytes(80 * 1024));
  const fd = openSync(path, 'r');
  t.after(() => closeSync(fd));
  const writer = new KeepingWriter();
  const tasks = new PageTasks(writer, new Uint8Array(32));
  const task = { type: 'pages', fd, firstPage: 0, effort: 'fast', ask: false } as const;
  const run = (pageBytes: number, pageCount: number) => {
    const parentNames = new Uint8Array(16 * pageCount);
    return tasks.run({ ...task, pageBytes, pageCount, parentNames }, async () => new Uint8Array(0));
  };
  await run(4096, 5);
  await run(8192, 3);
  await tasks.settle();
  assert.deepEqual(writer.blobs, [
    { bytes: 5 * 4096, names: 5 },
    { bytes: 3 * 8192, names: 3 },
  ]);
});

test('settle() stores also what a run under way holds back', async (t) => {
  const path = join(temporaryFolder(t), 'pages');
  writeFileSync(path, randomBytes(16 * 1024));
  const fd = openSync(path, 'r');
  t.after(() => closeSync(fd));
  const writer = new KeepingWriter();
  const tasks = new PageTasks(writer, new Uint8Array(32));
  const answer = Promise.withResolvers<Uint8Array>();
  const parentNames = new Uint8Array(16 * 4);
  const fields = {
    firstPage: 0,
    pageBytes: 4096,
    pageCount: 4,
    parentNames,
    effort: 'fast',
  } as const;
  const run = tasks.run({ type: 'pages', fd, ask: true, ...fields }, () => answer.promise);
  const settled = tasks.settle();
  answer.resolve(Uint8Array.from([1, 0, 1, 1]));
  await settled;
  assert.deepEqual(writer.blobs, [{ bytes: 3 * 4096, names: 3 }]);
  assert.deepEqual([...(await run).groups], [0, -1, 0, 0]);
});
