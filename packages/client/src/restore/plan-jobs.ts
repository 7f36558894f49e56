/**
 * Cuts a batch of placements into jobs: blobs in the order in which packs hold them, neighbours
 * fetched together, every blob fetched and opened once however many places want it.
 */
import {
  type Address,
  addressKey,
  FRAME_BYTES,
  frameOfContent,
  type PackRef,
} from '@holdfast/core/backup-format';
import type { PackRange, SegmentMap } from '../repository/segment-map.ts';
import type { Placement } from './placement.ts';

/** Most bytes that one job fetches. */
export const JOB_BYTES = 4 * 1024 * 1024;
const JOB_FRAMES = JOB_BYTES / FRAME_BYTES;
/** A job's fetches are asked for at once. */
const FETCHES_MAX = 4;
/** Frames between two wanted blobs that are fetched along rather than asked for apart. */
const GAP_FRAMES = 4;

export interface WantedBlob {
  readonly address: Address;
  readonly placements: readonly Placement[];
}

/** Neighbouring frames of one pack. */
export interface Fetch {
  readonly pack: PackRef;
  readonly firstFrame: number;
  readonly frames: number;
}

/** A range of a pack's content inside what a job fetches. */
export interface FetchedRange {
  /** Position of the fetch in the job. */
  readonly fetch: number;
  readonly contentOffset: number;
  readonly lengthBytes: number;
}

export interface PlannedBlob extends WantedBlob {
  readonly ranges: readonly FetchedRange[];
}

export interface PlannedJob {
  readonly fetches: readonly Fetch[];
  readonly blobs: readonly PlannedBlob[];
}

export interface Plan {
  readonly jobs: Iterable<PlannedJob>;
  /**
   * What is read by itself: what lies in more pieces than one job fetches, and what the index does
   * not know, where reading fails.
   */
  readonly alone: readonly WantedBlob[];
}

interface LocatedBlob extends WantedBlob {
  readonly ranges: readonly PackRange[];
}

interface SortedBlob extends LocatedBlob {
  readonly packOrder: number;
  readonly contentOffset: number;
}

export function planJobs(placements: readonly Placement[], segments: SegmentMap): Plan {
  const placed: SortedBlob[] = [];
  const alone: WantedBlob[] = [];
  const packOrder = new Map<PackRef, number>();
  for (const blob of blobsOf(placements)) {
    const { stream, offset, storedBytes } = blob.address;
    const isKnown = segments.covers(stream, offset, storedBytes);
    const ranges = isKnown ? segments.resolve(stream, offset, storedBytes) : [];
    const [first] = ranges;
    if (first === undefined || !new JobDraft().add({ ...blob, ranges })) {
      alone.push(blob);
      continue;
    }
    const order = packOrder.get(first.pack) ?? packOrder.size;
    packOrder.set(first.pack, order);
    placed.push({ ...blob, ranges, packOrder: order, contentOffset: first.contentOffset });
  }
  placed.sort((a, b) => a.packOrder - b.packOrder || a.contentOffset - b.contentOffset);
  return { jobs: jobsOf(placed), alone };
}

function blobsOf(placements: readonly Placement[]): Iterable<WantedBlob> {
  const blobs = new Map<string, { address: Address; placements: Placement[] }>();
  for (const placement of placements) {
    const key = addressKey(placement.address);
    const blob = blobs.get(key);
    if (blob === undefined) blobs.set(key, { address: placement.address, placements: [placement] });
    else blob.placements.push(placement);
  }
  return blobs.values();
}

function* jobsOf(blobs: readonly SortedBlob[]): Iterable<PlannedJob> {
  let draft = new JobDraft();
  for (const blob of blobs) {
    if (!draft.add(blob)) {
      yield draft;
      draft = new JobDraft();
      draft.add(blob);
    }
  }
  if (draft.blobs.length > 0) yield draft;
}

class JobDraft implements PlannedJob {
  fetches: readonly Fetch[] = [];
  readonly blobs: PlannedBlob[] = [];

  /** @returns false, and stays as it was, when the job would become too large. */
  add({ address, placements, ranges }: LocatedBlob): boolean {
    const fetches = [...this.fetches];
    const fetched = ranges.map(({ pack, contentOffset, lengthBytes }): FetchedRange => {
      const firstFrame = frameOfContent(contentOffset);
      const end = frameOfContent(contentOffset + lengthBytes - 1) + 1;
      const last = fetches.at(-1);
      if (last?.pack === pack && reaches(last, firstFrame)) {
        const frames = Math.max(last.frames, end - last.firstFrame);
        fetches[fetches.length - 1] = { ...last, frames };
      } else {
        fetches.push({ pack, firstFrame, frames: end - firstFrame });
      }
      return { fetch: fetches.length - 1, contentOffset, lengthBytes };
    });
    const frames = fetches.reduce((sum, fetch) => sum + fetch.frames, 0);
    if (frames > JOB_FRAMES || fetches.length > FETCHES_MAX) return false;
    this.fetches = fetches;
    this.blobs.push({ address, placements, ranges: fetched });
    return true;
  }
}

/** Whether a frame lies in a fetch, or so little behind it that it is best fetched along. */
function reaches({ firstFrame, frames }: Fetch, frame: number): boolean {
  return frame >= firstFrame && frame <= firstFrame + frames + GAP_FRAMES;
}
