import { HEAD_LOGS_MAX, type VaultLog } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';

/**
 * What a head says of vaults' logs (spec/head.md §3): what its writer saw, and of other vaults what
 * the head before said, as far as there is room.
 */
export function joinVaultLogs(
  seen: readonly VaultLog[],
  before: readonly VaultLog[],
): readonly VaultLog[] {
  const others = before.filter(
    ({ identity }) => !seen.some((log) => equalBytes(log.identity, identity)),
  );
  return [...seen, ...others].slice(0, HEAD_LOGS_MAX);
}
