import type { Address } from '@holdfast/core/backup-format';
import type { RestoreFile } from './restore-file.ts';

/** A stretch of a blob's plaintext and the place in a file where it goes. */
export interface Placement {
  readonly address: Address;
  readonly file: RestoreFile;
  readonly fileOffset: number;
  /** Where the stretch begins in the plaintext. */
  readonly from: number;
  readonly lengthBytes: number;
  /** How many of its bytes are written over later: old pages between those that are wanted. */
  readonly passingBytes: number;
}

/** Takes placements, and works on them in jobs. */
export interface JobSink extends PlacementSink {
  /** Waits until a job more is done. @returns false when none is under way. */
  advance(): Promise<boolean>;
}

/** Takes the content of files, as places to be written. */
export interface PlacementSink {
  /** May wait until some of what was put before is written. Writes in any order. */
  put(placements: readonly Placement[]): Promise<void>;
  /** Waits until all is written that was put before. */
  drain(): Promise<void>;
}

/** Placements put at a time. */
const BATCH = 4096;

export async function putAll(
  sink: PlacementSink,
  placements: Iterable<Placement> | AsyncIterable<Placement>,
): Promise<void> {
  let batch: Placement[] = [];
  for await (const placement of placements) {
    if (batch.length >= BATCH) {
      await sink.put(batch);
      batch = [];
    }
    batch.push(placement);
  }
  await sink.put(batch);
}
