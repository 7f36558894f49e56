/** Which backup recovery records are of, for a device that may read nothing else yet (spec/provider-api.md §3.4). */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import type { HoldfastError } from '@holdfast/core/errors';
import { parseRecoveryRecord, RECOVERY_RECORD_BYTES } from '@holdfast/core/recovery-record';
import { asDamage } from '../damage.ts';
import type { Store } from '../stores/store.ts';
import { getStart } from './get-start.ts';
import { RECORD_PREFIX } from './object-names.ts';

/**
 * The id that the first sound record has, 32 bytes; null when there is none. Believed only once the person, or
 * their sheet, has said the same.
 *
 * @throws {HoldfastError} `damaged` or `format-too-new` when none of them is sound.
 */
export async function readRecordedBackupId(
  store: Store,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array | null> {
  const { signal } = options;
  let failure: HoldfastError | null = null;
  for await (const { name } of store.list(RECORD_PREFIX, { signal })) {
    try {
      const object = await getStart(store, name, RECOVERY_RECORD_BYTES, signal);
      if (object !== null) return (await parseRecoveryRecord(nodeCrypto, object)).backupId;
    } catch (error) {
      failure ??= asDamage(error);
    }
  }
  if (failure !== null) throw failure;
  return null;
}
