import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Address, FRAME_BYTES, type PackRef } from '@holdfast/core/backup-format';
import { SegmentMap } from '../repository/segment-map.ts';
import type { Placement } from './placement.ts';
import { JOB_BYTES, planJobs } from './plan-jobs.ts';
import type { RestoreFile } from './restore-file.ts';

const STREAM = new Uint8Array(16);
const CHUNK = 1024 * 1024;
const PACK_CONTENT = 8 * 1024 * 1024;

const packRef = (number: number): PackRef => ({
  name: new Uint8Array(32).fill(number),
  salt: new Uint8Array(32),
  epoch: 1,
  k: 5,
});

/** One stream that lies in packs of 8 MiB of content each. */
function segmentsOf(packs: number): SegmentMap {
  const segments = new SegmentMap();
  for (let i = 0; i < packs; i++) {
    segments.add({
      stream: STREAM,
      start: i * PACK_CONTENT,
      lengthBytes: PACK_CONTENT,
      pack: packRef(i + 1),
      contentOffset: 0,
    });
  }
  return segments;
}

function wanted(offset: number, storedBytes: number): Placement {
  const lengths = { storedBytes, plainBytes: storedBytes };
  const address: Address = { kind: 'chunk', stream: STREAM, offset, ...lengths, compressed: false };
  const place = { fileOffset: offset, from: 0, lengthBytes: storedBytes, passingBytes: 0 };
  return { address, file: {} as RestoreFile, ...place };
}

const jobsOf = (placements: readonly Placement[], segments: SegmentMap) => {
  const { jobs, alone } = planJobs(placements, segments);
  return { jobs: [...jobs], alone };
};

describe('planJobs()', () => {
  test('fetches neighbours together, in the order of packs, each frame once', () => {
    const offsets = Array.from({ length: 24 }, (_, i) => i * CHUNK);
    const placements = offsets.map((offset) => wanted(offset, CHUNK));
    const { jobs, alone } = jobsOf(placements.toReversed(), segmentsOf(3));
    assert.deepEqual(alone, []);
    const blobs = jobs.flatMap((job) => job.blobs);
    assert.equal(blobs.length, 24);
    for (const job of jobs) {
      const bytes = job.fetches.reduce((sum, { frames }) => sum + frames * FRAME_BYTES, 0);
      assert.ok(bytes <= JOB_BYTES);
      const first = job.blobs.map(({ ranges }) => ranges[0]?.contentOffset ?? 0);
      const sorted = first.toSorted((a, b) => a - b);
      if (job.fetches.length === 1) assert.deepEqual(first, sorted);
    }
    // Three chunks and their ends fit a job; frames at the seams are fetched by both.
    assert.ok(jobs.length <= 9, `${jobs.length} jobs`);
  });

  test('takes what crosses into another pack with its neighbours in both', () => {
    const placements = [
      wanted(PACK_CONTENT - 2 * CHUNK, CHUNK),
      wanted(PACK_CONTENT - CHUNK / 2, CHUNK),
      wanted(PACK_CONTENT + CHUNK / 2, CHUNK / 2),
    ];
    const { jobs } = jobsOf(placements, segmentsOf(2));
    assert.equal(jobs.length, 1);
    const [job] = jobs;
    assert.deepEqual(
      job?.fetches.map(({ pack, firstFrame }) => [pack.name[0], firstFrame]),
      [
        [1, 96],
        [1, 120],
        [2, 0],
      ],
    );
    assert.deepEqual(
      job?.blobs.map(({ ranges }) =>
        ranges.map(({ fetch, lengthBytes }) => [fetch, lengthBytes / CHUNK]),
      ),
      [
        [[0, 1]],
        [
          [1, 0.5],
          [2, 0.5],
        ],
        [[2, 0.5]],
      ],
    );
  });

  test('fetches a small gap along, and a large one not', () => {
    const near = jobsOf([wanted(0, 1000), wanted(3 * FRAME_BYTES, 1000)], segmentsOf(1));
    const far = jobsOf([wanted(0, 1000), wanted(20 * FRAME_BYTES, 1000)], segmentsOf(1));
    assert.deepEqual(
      [near, far].map(({ jobs }) => jobs.map((job) => job.fetches.map(({ frames }) => frames))),
      [[[4]], [[1, 1]]],
    );
  });

  test('asks for no more than a few pieces at once', () => {
    const placements = Array.from({ length: 10 }, (_, i) => wanted(i * 10 * FRAME_BYTES, 1000));
    const { jobs } = jobsOf(placements, segmentsOf(1));
    assert.deepEqual(
      jobs.map((job) => job.fetches.length),
      [4, 4, 2],
    );
  });

  test('fetches a blob once, however many places want it', () => {
    const { jobs } = jobsOf([wanted(0, 1000), wanted(0, 1000), wanted(0, 1000)], segmentsOf(1));
    assert.deepEqual(
      jobs.map((job) => job.blobs.map(({ placements }) => placements.length)),
      [[3]],
    );
  });

  test('leaves alone what the index does not know, or what lies in very many pieces', () => {
    const segments = segmentsOf(1);
    for (let i = 0; i < 10; i++) {
      const start = 2 * PACK_CONTENT + i * 100;
      const pack = packRef(100 + i);
      segments.add({ stream: STREAM, start, lengthBytes: 100, pack, contentOffset: 0 });
    }
    const unknown = wanted(PACK_CONTENT, 100);
    const scattered = wanted(2 * PACK_CONTENT, 1000);
    const { jobs, alone } = jobsOf([unknown, scattered, wanted(0, 100)], segments);
    assert.equal(jobs.length, 1);
    assert.deepEqual(
      alone.map(({ address }) => address),
      [unknown.address, scattered.address],
    );
  });
});
