/**
 * Marks in a store: writing, reading and removing them.
 */
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import {
  MARK_BYTES,
  MARK_PACKS_MAX,
  type MarkList,
  openMark,
  sealMark,
} from '@holdfast/core/prune';
import type { Backup } from './backup.ts';
import { getStart } from './get-start.ts';
import { isMarkName, MARK_PREFIX } from './object-names.ts';

/** A mark as it lies in the store. */
export interface Mark extends MarkList {
  readonly objectName: string;
  /** By the store's clock, in milliseconds since 1970. */
  readonly writtenAtMs: number;
}

type Signal = AbortSignal | undefined;

/**
 * Writes as many marks as the packs need.
 *
 * @returns The marks, with the times that the store gave them.
 */
export async function putMarks(backup: Backup, list: MarkList, signal: Signal): Promise<Mark[]> {
  const { store, crypto, keyring, id: backupId } = backup;
  const marks: Mark[] = [];
  for (let from = 0; from < list.packs.length; from += MARK_PACKS_MAX) {
    const part = { ...list, packs: list.packs.slice(from, from + MARK_PACKS_MAX) };
    const object = await sealMark({ crypto, keyring, backupId }, part);
    const objectName = MARK_PREFIX + toHex(await crypto.sha256(object));
    await store.put(objectName, object, { signal });
    const info = await store.stat(objectName, { signal });
    // Gone already: whoever removed it has seen that there is nothing left to mark.
    if (info !== null) marks.push({ ...part, objectName, writtenAtMs: info.writtenAtMs });
  }
  return marks;
}

/** All marks; names of another form are of none. @throws {HoldfastError} `damaged` or `format-too-new` when one can't be read. */
export async function readMarks(backup: Backup, signal: Signal): Promise<Mark[]> {
  const marks: Mark[] = [];
  for await (const { name, writtenAtMs } of backup.store.list(MARK_PREFIX, { signal })) {
    if (!isMarkName(name)) continue;
    const list = await readMark(backup, name, signal);
    if (list !== null) marks.push({ ...list, objectName: name, writtenAtMs });
  }
  return marks;
}

/** One mark; null when it is not there any more. @throws {HoldfastError} As `readMarks`. */
export async function readMark(
  { store, crypto, keyring, id: backupId }: Backup,
  objectName: string,
  signal: Signal,
): Promise<MarkList | null> {
  try {
    const object = await getStart(store, objectName, MARK_BYTES, signal);
    if (object === null) return null;
    if (objectName !== MARK_PREFIX + toHex(await crypto.sha256(object))) {
      throw new HoldfastError('damaged', 'Cannot open a mark: it is damaged');
    }
    return await openMark({ crypto, keyring, backupId }, object);
  } catch (cause) {
    if (!(cause instanceof HoldfastError)) throw cause;
    throw new HoldfastError(cause.code, cause.message, { cause, details: { objectName } });
  }
}

/**
 * Packs that are to be deleted, or may be being deleted right now.
 *
 * @returns null when a mark can't be read: then any pack may be one.
 */
export async function readOrderedPacks(
  backup: Backup,
  signal: Signal,
): Promise<ReadonlySet<string> | null> {
  try {
    const marks = await readMarks(backup, signal);
    return namesIn(marks.filter((mark) => !isMark(mark)));
  } catch (error) {
    const code = error instanceof HoldfastError ? error.code : null;
    if (code === 'damaged' || code === 'format-too-new') return null;
    throw error;
  }
}

export async function removeMarks(
  backup: Backup,
  marks: readonly Mark[],
  signal: Signal,
): Promise<void> {
  for (const { objectName } of marks) await backup.store.delete(objectName, { signal });
}

/** A mark, and not an order to delete. */
export function isMark({ fence }: MarkList): boolean {
  return fence === 0;
}

/** Names of all packs that are listed. */
export function namesIn(marks: readonly MarkList[]): ReadonlySet<string> {
  return new Set(marks.flatMap(({ packs }) => packs));
}
