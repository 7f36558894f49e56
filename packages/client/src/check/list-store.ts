/**
 * What the store shows, from one listing: nothing is read for it.
 */
import { packBytes } from '@holdfast/core/backup-format';
import {
  COMMIT_PREFIX,
  headNumberOf,
  isMarkName,
  RECORD_PREFIX,
  rotationNumberOf,
  versionOf,
} from '../repository/object-names.ts';
import type { SegmentMap } from '../repository/segment-map.ts';
import type { Store } from '../stores/index.ts';
import type { Blame } from './blame.ts';
import { Suspicion, type Suspicions } from './finding.ts';

const UNUSED_REMEDY =
  'Nothing is lost: prune is to delete this, an interrupted backup left it, or another device is at work. The next backup takes up what it can use, and prune removes the rest in time';
const UNKNOWN_REMEDY =
  'Holdfast neither writes nor reads such objects. Find out what put them there; they may be removed';
const KEYRING_PREFIX = 'keyrings/';

export interface StoreListing {
  readonly objects: number;
  readonly heads: readonly number[];
  /** Names of all recovery records. */
  readonly records: readonly string[];
  /** Names of all marks of prune. */
  readonly marks: readonly string[];
  /** Length in bytes by the pack's name in hex. */
  readonly packs: ReadonlyMap<string, number>;
  /** Names of objects that Holdfast does not write. */
  readonly unknown: readonly string[];
}

export async function listStore(
  store: Store,
  signal: AbortSignal | undefined,
): Promise<StoreListing> {
  let objects = 0;
  const heads: number[] = [];
  const records: string[] = [];
  const marks: string[] = [];
  const packs = new Map<string, number>();
  const unknown: string[] = [];
  for await (const { name, lengthBytes } of store.list('', { signal })) {
    objects++;
    const pack = /^packs\/(..)\/(\1[0-9a-f]{62})$/.exec(name)?.[2];
    const head = headNumberOf(name);
    if (pack !== undefined) packs.set(pack, lengthBytes);
    else if (head !== null) heads.push(head);
    else if (name.startsWith(RECORD_PREFIX)) records.push(name);
    else if (isMarkName(name)) marks.push(name);
    else if (!isOfKeys(name)) unknown.push(name);
  }
  return { objects, heads, records, marks, packs, unknown };
}

/** Keyrings, certificates of rotations, and those that vaults read: of use to them alone, and checked there. */
function isOfKeys(name: string): boolean {
  const isOfPassword = name.startsWith(COMMIT_PREFIX) && versionOf('password', name) !== null;
  return isOfPassword || rotationNumberOf(name) !== null || name.startsWith(KEYRING_PREFIX);
}

/** Names objects that are none of Holdfast's. */
export function checkUnknown({ unknown }: StoreListing, suspicions: Suspicions): void {
  if (unknown.length === 0) return;
  const [first] = unknown;
  const are = unknown.length === 1 ? "is none of Holdfast's:" : "are none of Holdfast's, such as";
  const what = `${unknown.length} of the store's objects ${are} ${first}`;
  suspicions.get('unknown', () => new Suspicion('warning', what, UNKNOWN_REMEDY));
}

/** Compares the packs that the store shows with those of the newest state's index. */
export function checkPackList(listing: StoreListing, segments: SegmentMap, blame: Blame): void {
  for (const [hex, pack] of segments.packs) {
    const expected = packBytes(pack.k);
    const there = listing.packs.get(hex);
    if (there === undefined) blame.losePack(pack, 'is missing');
    else if (there !== expected) {
      blame.losePack(pack, `has ${there} bytes instead of ${expected}`);
    }
  }
}

/** Tells of packs that no index names. Of use only when the newest state is known. */
export function checkUnused(
  { packs }: StoreListing,
  segments: SegmentMap,
  suspicions: Suspicions,
): void {
  let unused = 0;
  let unusedBytes = 0;
  for (const [hex, lengthBytes] of packs) {
    if (segments.packs.has(hex)) continue;
    unused++;
    unusedBytes += lengthBytes;
  }
  if (unused === 0) return;
  const many = unused === 1 ? '1 pack' : `${unused} packs`;
  const what = `${many} with ${sizeText(unusedBytes)} ${unused === 1 ? 'belongs' : 'belong'} to no snapshot`;
  suspicions.get('unused', () => new Suspicion('note', what, UNUSED_REMEDY));
}

/** `263 kB`, `12.3 MB`, `1.4 GB`. */
function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
