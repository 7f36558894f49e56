/**
 * Destroys the wrapping keys that no live record needs any more, once a copy of the database is shown to do
 * without them (spec/vault-protocol.md §11.5): what was destroyed is gone from older copies then, too.
 */
import { randomBytes } from 'node:crypto';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Hsm } from '../hsm/index.ts';
import type { RecordReader, RecordStore } from '../records/index.ts';
import { KeyRotation, readRotation } from './key-rotation.ts';
import { readWalk } from './ledger-walk.ts';
import type { ReadPlace } from './sealed-setting.ts';
import { readServedMs } from './served-time.ts';
import { countWrappedKeys } from './wrapped-keys.ts';

const PROBE = 'copy-probe';

export interface EndOptions {
  readonly hsm: Hsm;
  readonly records: RecordStore;
  /** A copy of the same vault's database, of any age. */
  readonly copy: RecordReader;
  /** Whether ledgers that can't be read in the copy are given up: an older one might have had them whole. */
  readonly givesUpDamaged?: boolean;
}

export interface EndedKeys {
  /** Number of the eldest wrapping key that is left. */
  readonly number: number;
  /** How many ledgers the copy holds. */
  readonly ledgers: number;
}

/**
 * @throws {HoldfastError} `stale` when the copy was made too early, `damaged` when it is not whole, `usage`
 *   when it is none, `busy` when the database itself still needs an older wrapping key; `internal`, and
 *   what HSM and record store throw. Nothing is destroyed then.
 */
export async function endOlderKeys(options: EndOptions): Promise<EndedKeys> {
  const { hsm, records, copy, givesUpDamaged = false } = options;
  const servedMs = await readServedMs({ hsm, records });
  const rotation = new KeyRotation({ hsm, records, servedMs: () => servedMs });
  await rotation.step();
  await assertOther(records, copy);
  const place = { hsm, records: copy };
  const { number, ledgers } = await assertComplete(place, rotation.current, givesUpDamaged);
  const { behind } = await countWrappedKeys({ hsm, records, wrappingKey: number, unwraps: false });
  if (behind > 0) {
    const state = `${behind} backups still need them. Wait until they are wrapped again, and make a new copy`;
    throw new HoldfastError('busy', `Cannot destroy older wrapping keys: ${state}`);
  }
  await rotation.endBefore(number);
  return { number, ledgers };
}

/** A copy is of its time: what is written to the database now is not in it. */
async function assertOther(records: RecordStore, copy: RecordReader): Promise<void> {
  const before = await records.readSetting(PROBE);
  const probe = new Uint8Array(randomBytes(32));
  if ((await records.writeSetting(PROBE, before, probe)) === 'conflict') {
    throw new HoldfastError('busy', 'Cannot look at a copy: somebody else does');
  }
  const found = await copy.readSetting(PROBE);
  if (found === null || !equalBytes(found, probe)) return;
  throw new HoldfastError('usage', "Cannot use a copy: it is the vault's database itself");
}

/** @returns The wrapping key that the copy does with, and how many ledgers it holds. */
async function assertComplete(
  copy: ReadPlace,
  { number: newest, keys }: KeyRotation['current'],
  givesUpDamaged: boolean,
): Promise<EndedKeys> {
  const rotation = await readRotation(copy);
  if (rotation === null) throw damaged('it is none of this vault');
  const { number } = rotation;
  const walk = await readWalk(copy);
  const isWrapped = walk?.wrappingKey === number && walk.isDone;
  if (!isWrapped || (number <= keys.first && number < newest)) {
    const state = `it was made before all records were wrapped under wrapping key ${newest}`;
    const when = 'which a running vault does after 10 minutes. Make a new one then';
    throw new HoldfastError('stale', `Cannot use a copy: ${state}, ${when}`);
  }
  const counts = await countWrappedKeys({ ...copy, wrappingKey: number, unwraps: true });
  if (counts.damaged > 0 && !givesUpDamaged)
    throw damaged(`${counts.damaged} of its backups can't be read`);
  if (counts.behind > 0) throw damaged(`${counts.behind} of its backups need older wrapping keys`);
  if (counts.ledgers < walk.count) {
    throw damaged(`it holds ${counts.ledgers} backups, and ${walk.count} were there before`);
  }
  return { number, ledgers: counts.ledgers };
}

function damaged(state: string): HoldfastError {
  return new HoldfastError('damaged', `Cannot use a copy: ${state}`);
}
