/**
 * Making a state whose index names nothing that is to be deleted, and deleting it then
 * (spec/prune.md §1, steps 4 to 7).
 */
import type { Segment } from '@holdfast/core/backup-format';
import { equalBytes, toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Backup } from '../repository/backup.ts';
import { readHeadObject, type VerifiedHead } from '../repository/head-chain.ts';
import { isMark, type Mark, namesIn, putMarks, removeMarks } from '../repository/mark-objects.ts';
import { headName, PACK_PREFIX } from '../repository/object-names.ts';
import { WriteSession } from '../repository/write-session.ts';
import { type Copied, copyLive } from './copy-live.ts';
import { withoutLastCopies } from './last-copies.ts';
import { type PlanOptions, planFreeing } from './plan.ts';
import type { DeadPack, Survey, Surveyor } from './survey.ts';

const DELETES_AT_ONCE = 8;
const NOTHING_COPIED: Copied = { segments: [], packs: new Set(), bytes: 0 };

export interface FreeOptions extends PlanOptions {
  readonly surveyor: Surveyor;
  readonly signal: AbortSignal | undefined;
}

export interface Freed {
  /** Packs of which the live part was copied into new packs. */
  readonly rewritten: number;
  /** Bytes copied. */
  readonly bytesRewritten: number;
  readonly deleted: number;
  readonly bytesFreed: number;
}

/**
 * Deletes what is ripe, and copies what is live out of packs in which too much is dead.
 *
 * @param first The survey of the newest state read; made anew when another device is first.
 * @throws {PrunedMeanwhile} when another prune has removed what was being copied.
 */
export async function freePacks(
  backup: Backup,
  first: Survey,
  options: FreeOptions,
): Promise<Freed> {
  const { surveyor, signal } = options;
  const session = new WriteSession(backup, { packBuffers: 2, signal });
  let order: Order = { orders: [], packs: [] };
  let copied = NOTHING_COPIED;
  const { head } = await session.commit([], async (base) => {
    if (base === null) throw new TypeError('"backup" must have a state');
    // Another device has put the head that these were for: they can't come into force any more.
    await removeMarks(backup, order.orders, signal);
    const survey = base === first.state ? first : await surveyor.look(base);
    const { ripe, rewriting, lost } = planFreeing(survey, options);
    copied =
      rewriting.length === 0
        ? NOTHING_COPIED
        : await copyLive(backup, base, rewriting, survey.reached.live, signal);
    // What this session wrote in vain, when another device was first, will be in the index.
    const own = new Set(session.uploads.segments.map(({ pack }) => toHex(pack.name)));
    const others = ripe.filter(({ name }) => !own.has(name));
    const wanted = await withoutLastCopies(backup, others, survey, signal);
    order = await orderPacks(backup, wanted, survey.marks, {
      ...options,
      fence: base.nextNumber,
    });
    const dropped = new Set([...copied.packs, ...lost, ...order.packs.map(({ name }) => name)]);
    const segments: Segment[] = [...copied.segments];
    for (const segment of base.segments.segments()) {
      if (!dropped.has(toHex(segment.pack.name))) segments.push(segment);
    }
    const { catalog, nextSnapshotNumber } = base.root;
    return { catalog, nextSnapshotNumber, segments };
  });
  if (order.packs.length > 0) await assertStored(backup, head, signal);
  const deleted = await deletePacks(backup, order.packs, signal);
  await removeMarks(backup, order.orders, signal);
  return { rewritten: copied.packs.size, bytesRewritten: copied.bytes, ...deleted };
}

/** A store that only claims to have the fence would let another device use what is deleted. */
async function assertStored(
  { store, crypto }: Backup,
  { number, hash }: VerifiedHead,
  signal: AbortSignal | undefined,
): Promise<void> {
  const object = await readHeadObject(store, number, signal);
  if (equalBytes(await crypto.sha256(object), hash)) return;
  throw new HoldfastError('damaged', `Cannot prune: head ${number} is not the one just written`, {
    details: { objectName: headName(number) },
  });
}

interface Order {
  readonly orders: readonly Mark[];
  /** The packs that they name. */
  readonly packs: readonly DeadPack[];
}

interface OrderOptions extends FreeOptions {
  /** Number of the head with which the orders come into force. */
  readonly fence: number;
}

/** Orders those packs to be deleted whose grace has passed by the store's clock too. */
async function orderPacks(
  backup: Backup,
  ripe: readonly DeadPack[],
  marks: readonly Mark[],
  { graceMs, fence, now, signal }: OrderOptions,
): Promise<Order> {
  const write = async (packs: readonly DeadPack[]): Promise<Order> => {
    const list = { atMs: now(), fence, packs: packs.map(({ name }) => name) };
    const orders = await putMarks(backup, list, signal);
    const named = namesIn(orders);
    return { orders, packs: packs.filter(({ name }) => named.has(name)) };
  };
  const order = await write(ripe);
  const storeNowMs = Math.min(...order.orders.map(({ writtenAtMs }) => writtenAtMs));
  const overdue = namesIn(
    marks.filter((mark) => isMark(mark) && storeNowMs - mark.writtenAtMs >= graceMs),
  );
  const ready = order.packs.filter(({ name }) => overdue.has(name));
  if (ready.length === ripe.length) return order;
  await removeMarks(backup, order.orders, signal);
  return await write(ready);
}

async function deletePacks(
  { store }: Backup,
  packs: readonly DeadPack[],
  signal: AbortSignal | undefined,
): Promise<{ deleted: number; bytesFreed: number }> {
  let deleted = 0;
  let bytesFreed = 0;
  for (let from = 0; from < packs.length; from += DELETES_AT_ONCE) {
    const batch = packs.slice(from, from + DELETES_AT_ONCE);
    await Promise.all(
      batch.map(async ({ name, bytes }) => {
        const objectName = `${PACK_PREFIX}${name.slice(0, 2)}/${name}`;
        if (!(await store.delete(objectName, { signal }))) return;
        deleted++;
        bytesFreed += bytes;
      }),
    );
  }
  return { deleted, bytesFreed };
}
