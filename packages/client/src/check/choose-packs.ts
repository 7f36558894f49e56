/**
 * Which packs to read whole: all, none, or a random share.
 */
import { type PackRef, packBytes, type Segment } from '@holdfast/core/backup-format';
import { compareBytes, toHex } from '@holdfast/core/bytes';
import type { SegmentMap } from '../repository/segment-map.ts';

/** A pack and the segments that the index says are in it. */
export interface PackToRead {
  readonly pack: PackRef;
  readonly segments: readonly Segment[];
}

/**
 * Chooses packs so that every byte has the same chance to be read: packs are drawn one by one,
 * each as likely as any other, until they make up the share.
 *
 * @param share 0 to 1; above 0 at least one pack is chosen.
 * @param random A uniform integer from 0 to below its argument.
 * @returns In the order of streams, so that what is read next lies next.
 */
export function choosePacks(
  segments: SegmentMap,
  share: number,
  random: (below: number) => number,
): readonly PackToRead[] {
  const byPack = new Map<string, Segment[]>();
  for (const segment of segments.segments()) {
    const key = toHex(segment.pack.name);
    const known = byPack.get(key);
    if (known === undefined) byPack.set(key, [segment]);
    else known.push(segment);
  }
  const all = [...byPack.values()].map((own): PackToRead => {
    return { pack: (own[0] as Segment).pack, segments: own };
  });
  const chosen = share < 1 ? draw(all, share, random) : all;
  return chosen.sort((a, b) => compareSegments(a.segments[0], b.segments[0]));
}

function draw(
  packs: readonly PackToRead[],
  share: number,
  random: (below: number) => number,
): PackToRead[] {
  const left = [...packs];
  const wantedBytes = share * sumBytes(packs);
  const chosen: PackToRead[] = [];
  for (let bytes = 0; bytes < wantedBytes && left.length > 0; ) {
    const at = random(left.length);
    const pack = left[at] as PackToRead;
    left[at] = left.at(-1) as PackToRead;
    left.pop();
    chosen.push(pack);
    bytes += packBytes(pack.pack.k);
  }
  return chosen;
}

/** Length of packs together, in bytes. */
export function sumBytes(packs: readonly PackToRead[]): number {
  return packs.reduce((bytes, { pack }) => bytes + packBytes(pack.k), 0);
}

function compareSegments(a: Segment | undefined, b: Segment | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return compareBytes(a.stream, b.stream) || a.start - b.start;
}
