// Decides which media files a sample gets, before any is written: kinds, log-normal sizes that add
// up to the bytes asked for, and every 20th file a forward, that is, a copy of an earlier one.

import { MEDIA_KINDS, type MediaKind, MIN_MEDIA_BYTES } from './media-kind.ts';
import { type Random, WeightedChoice } from './random.ts';

export interface PlannedFile {
  readonly kind: MediaKind;
  readonly isSent: boolean;
  readonly bytes: number;
  /** Position in the plan of the file that this one repeats, or null. */
  readonly copyOf: number | null;
}

const FORWARD_EVERY = 20;
const FORWARD_REACH = 400;
const KINDS = Object.keys(MEDIA_KINDS) as MediaKind[];
const KIND_CHOICE = new WeightedChoice(KINDS.map((kind) => MEDIA_KINDS[kind].share));

/** @throws {RangeError} when `mediaBytes` are too few for `mediaFiles` files with true headers. */
export function planMedia(
  random: Random,
  size: { mediaFiles: number; mediaBytes: number },
): PlannedFile[] {
  const { mediaFiles, mediaBytes } = size;
  const leastBytes = mediaFiles * MIN_MEDIA_BYTES;
  if (mediaBytes < leastBytes) {
    throw new RangeError(`"mediaBytes" must be at least ${leastBytes}: got ${mediaBytes}`);
  }
  const files: { kind: MediaKind; isSent: boolean; bytes: number; copyOf: number | null }[] = [];
  for (let position = 0; position < mediaFiles; position++) {
    const isForward = position % FORWARD_EVERY === FORWARD_EVERY - 1;
    const copyOf = isForward
      ? random.between(Math.max(0, position - FORWARD_REACH), position - 1)
      : null;
    const original = copyOf === null ? undefined : files[copyOf];
    if (original !== undefined) {
      const isSent = original.kind !== 'status' && !original.isSent;
      files.push({ ...original, isSent, copyOf: original.copyOf ?? copyOf });
      continue;
    }
    const kind = KINDS[KIND_CHOICE.next(random)] as MediaKind;
    const { medianBytes, sigma } = MEDIA_KINDS[kind];
    const isSent = kind !== 'status' && random.chance(0.3);
    files.push({ kind, isSent, bytes: random.logNormal(medianBytes, sigma), copyOf: null });
  }
  scaleTo(files, mediaBytes);
  return files;
}

/** Copies may move the sum off by a few per cent, since they follow their originals' sizes. */
function scaleTo(files: { bytes: number; copyOf: number | null }[], totalBytes: number): void {
  const spare = totalBytes - files.length * MIN_MEDIA_BYTES;
  const sum = files.reduce((total, file) => total + file.bytes, 0);
  for (const file of files) {
    file.bytes = MIN_MEDIA_BYTES + Math.floor((file.bytes / sum) * spare);
  }
}
