/**
 * Writing blobs to where they belong, in the order in which packs hold them.
 *
 * Every blob is fetched and opened once per batch, however many places want it; neighbours are
 * fetched together. A frame that does not open costs the files that need it, and no others.
 */
import {
  type Address,
  addressKey,
  FRAME_BYTES,
  frameOfContent,
  type PackRef,
} from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { BlobReader } from '../repository/blob-reader.ts';
import { isDamage } from '../repository/damage.ts';
import type { SegmentMap } from '../repository/segment-map.ts';
import { throwIfCancelled } from '../stores/index.ts';
import type { RestoreFile } from './restore-file.ts';
import type { RestorePool } from './restore-pool.ts';
import { type JobBlob, WRITE_FIELDS } from './workers/restore-messages.ts';
import { writeFully } from './write-fully.ts';

/** Longest run of frames that is fetched at once. */
export const JOB_BYTES = 2 * 1024 * 1024;
const JOB_FRAMES = JOB_BYTES / FRAME_BYTES;
/** Frames between two wanted blobs that are fetched along rather than asked for apart. */
const GAP_FRAMES = 4;

/** A stretch of a blob's plaintext and the place in a file where it goes. */
export interface Placement {
  readonly address: Address;
  readonly file: RestoreFile;
  readonly fileOffset: number;
  readonly from: number;
  readonly lengthBytes: number;
}

interface WantedBlob {
  readonly address: Address;
  readonly placements: Placement[];
}

interface PlacedBlob extends WantedBlob {
  readonly pack: PackRef;
  readonly contentOffset: number;
  readonly firstFrame: number;
  readonly lastFrame: number;
}

export interface PlacementOptions {
  readonly reader: BlobReader;
  readonly segments: SegmentMap;
  readonly pool: RestorePool;
  readonly onWritten: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a batch; every placement settles once what its file expects. Failures go to the files they concern; only a stop or a full disk
 * is thrown.
 */
export async function writePlacements(
  placements: readonly Placement[],
  options: PlacementOptions,
): Promise<void> {
  const blobs = new Map<string, WantedBlob>();
  for (const placement of placements) {
    const key = addressKey(placement.address);
    const blob = blobs.get(key) ?? { address: placement.address, placements: [] };
    blobs.set(key, blob);
    blob.placements.push(placement);
  }
  const { whole, split } = locate([...blobs.values()], options.segments);
  const running = new Set<Promise<void>>();
  let failure: unknown = null;
  const start = (work: Promise<void>): void => {
    const settled = work
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => running.delete(settled));
    running.add(settled);
  };
  for (const job of jobsOf(whole)) {
    while (running.size >= options.pool.capacity + 1) await Promise.race(running);
    if (failure !== null || options.signal?.aborted) break;
    start(runJob(job, options));
  }
  for (const blob of split) {
    if (failure !== null || options.signal?.aborted) break;
    start(writeAlone(blob, options));
    if (running.size >= options.pool.capacity) await Promise.race(running);
  }
  await Promise.all(running);
  if (failure !== null) throw failure;
  throwIfCancelled(options.signal, 'restore');
}

/** Sorts blobs by pack and place; those that cross into another pack are apart. */
function locate(blobs: readonly WantedBlob[], segments: SegmentMap) {
  const whole: PlacedBlob[] = [];
  const split: WantedBlob[] = [];
  const packOrder = new Map<string, number>();
  for (const blob of blobs) {
    const { stream, offset, storedBytes } = blob.address;
    const covered = segments.covers(stream, offset, storedBytes);
    const [range, next] = covered ? segments.resolve(stream, offset, storedBytes) : [];
    if (range === undefined || next !== undefined) {
      split.push(blob);
      continue;
    }
    const { pack, contentOffset } = range;
    const key = toHex(pack.name);
    if (!packOrder.has(key)) packOrder.set(key, packOrder.size);
    const firstFrame = frameOfContent(contentOffset);
    const lastFrame = frameOfContent(contentOffset + storedBytes - 1);
    whole.push({ ...blob, pack, contentOffset, firstFrame, lastFrame });
  }
  const orderOf = (blob: PlacedBlob): number => packOrder.get(toHex(blob.pack.name)) ?? 0;
  whole.sort((a, b) => orderOf(a) - orderOf(b) || a.contentOffset - b.contentOffset);
  return { whole, split };
}

/** Cuts sorted blobs into runs that are fetched at once. */
function* jobsOf(blobs: readonly PlacedBlob[]): Iterable<readonly PlacedBlob[]> {
  let run: PlacedBlob[] = [];
  for (const blob of blobs) {
    const [first] = run;
    const last = run.at(-1);
    const follows =
      first !== undefined &&
      last !== undefined &&
      blob.pack === first.pack &&
      blob.lastFrame - first.firstFrame < JOB_FRAMES &&
      blob.firstFrame - last.lastFrame <= GAP_FRAMES;
    if (!follows && run.length > 0) {
      yield run;
      run = [];
    }
    run.push(blob);
  }
  if (run.length > 0) yield run;
}

async function runJob(blobs: readonly PlacedBlob[], options: PlacementOptions): Promise<void> {
  const [first] = blobs;
  if (first === undefined) return;
  const { reader, pool } = options;
  const frames = Math.max(...blobs.map((blob) => blob.lastFrame)) - first.firstFrame + 1;
  const buffer = await pool.takeBuffer();
  try {
    const fetched = await reader.fetchFrames(first.pack, first.firstFrame, frames, buffer.bytes);
    if (fetched.buffer !== buffer.bytes.buffer) buffer.bytes.set(fetched);
    const keys = await reader.packKeys(first.pack);
    const job = { ...keys, firstFrame: first.firstFrame, frames, blobs: blobs.map(jobBlob) };
    const { failure } = await pool.run(job, buffer);
    if (failure === null) {
      for (const blob of blobs) settle(blob, options, null);
      return;
    }
    if (failure.code === null) assertRoomLeft(failure.errno);
  } catch (error) {
    if (!isDamage(error)) throw error;
  } finally {
    pool.giveBuffer(buffer);
  }
  for (const blob of blobs) await writeAlone(blob, options);
}

/** Reads and writes one blob by itself, so that a failure beside it does no harm. */
async function writeAlone(blob: WantedBlob, options: PlacementOptions): Promise<void> {
  let plain: Uint8Array;
  try {
    plain = await options.reader.read(blob.address);
  } catch (error) {
    if (!isDamage(error)) throw error;
    settle(blob, options, error);
    return;
  }
  for (const placement of blob.placements) {
    const { file, fileOffset, from, lengthBytes } = placement;
    let failure: unknown = null;
    try {
      if (!file.hasFailed) writeFully(file.fd, plain, from, lengthBytes, fileOffset);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      assertRoomLeft(code);
      failure = new HoldfastError('target-unusable', `Cannot write a file: ${code}`, { cause });
    }
    settle({ ...blob, placements: [placement] }, options, failure);
  }
}

function settle({ placements }: WantedBlob, options: PlacementOptions, failure: unknown): void {
  for (const { file, lengthBytes } of placements) {
    file.settle(failure);
    options.onWritten(lengthBytes);
  }
}

function jobBlob({ address, contentOffset, placements }: PlacedBlob): JobBlob {
  const { storedBytes, plainBytes, compressed } = address;
  const writes = new Float64Array(placements.length * WRITE_FIELDS);
  placements.forEach(({ file, fileOffset, from, lengthBytes }, i) => {
    writes.set([file.fd, file.directFd, fileOffset, from, lengthBytes], i * WRITE_FIELDS);
  });
  return { contentOffset, storedBytes, plainBytes, compressed, writes };
}

/** A full disk would befall all other files too. @throws {HoldfastError} `disk-full`. */
function assertRoomLeft(errno: string | undefined): void {
  if (errno !== 'ENOSPC' && errno !== 'EDQUOT') return;
  throw new HoldfastError('disk-full', 'Cannot restore: this device has no room left');
}
