/** What a head says of vaults: how far their logs had come, and what they held that it goes past (spec/head.md §3). */
import {
  type DisplacedHead,
  HEAD_DISPLACED_MAX,
  HEAD_LOGS_MAX,
  type VaultLog,
} from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';

/** What its writer saw, and of other vaults what the head before said, as far as there is room. */
export function joinVaultLogs(
  seen: readonly VaultLog[],
  before: readonly VaultLog[],
): readonly VaultLog[] {
  const others = before.filter(
    ({ identity }) => !seen.some((log) => equalBytes(log.identity, identity)),
  );
  return [...seen, ...others].slice(0, HEAD_LOGS_MAX);
}

/** The last ones, of before and of now. */
export function joinDisplaced(
  before: readonly DisplacedHead[],
  now: readonly DisplacedHead[],
): readonly DisplacedHead[] {
  const earlier = before.filter(({ hash }) => !now.some((head) => equalBytes(head.hash, hash)));
  return [...earlier, ...now].slice(-HEAD_DISPLACED_MAX);
}
