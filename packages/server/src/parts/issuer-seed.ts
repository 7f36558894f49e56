/**
 * The seed of a vault's own token issuer: in the database, sealed by the HSM, so that all nodes of the
 * vault take each other's tokens.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '@holdfast/core/errors';
import { label } from '@holdfast/core/wire';
import type { Hsm } from '@holdfast/vault/hsm';
import type { RecordStore } from '@holdfast/vault/records';

const SETTING = 'issuer-seed';
const CONTEXT = label('vault-issuer-seed');
const SEED_BYTES = 32;

/**
 * Makes one when there is none.
 *
 * @returns Ed25519 seed, 32 bytes.
 * @throws {HoldfastError} `internal` when the one there is not what this HSM sealed.
 */
export async function openIssuerSeed(hsm: Hsm, records: RecordStore): Promise<Uint8Array> {
  const stored = await records.readSetting(SETTING);
  if (stored === null) {
    const seed = new Uint8Array(randomBytes(SEED_BYTES));
    const sealed = await hsm.seal(CONTEXT, seed);
    if ((await records.writeSetting(SETTING, null, sealed)) === 'written') return seed;
    // Another node was first.
    return await openIssuerSeed(hsm, records);
  }
  const seed = await hsm.open(CONTEXT, stored);
  if (seed?.length === SEED_BYTES) return seed;
  const state = 'its issuer was changed, or is of another HSM';
  throw new HoldfastError('internal', `Cannot use the vault's database: ${state}`);
}
