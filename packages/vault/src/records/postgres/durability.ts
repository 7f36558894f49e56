/**
 * When an acknowledged commit can't be lost: it is flushed to the disks of the primary and of as many
 * standbys as `synchronous_standby_names` demands
 * (https://www.postgresql.org/docs/15/runtime-config-wal.html).
 *
 * Seen: when the wait for standbys is cancelled, the server makes the commit, *says it succeeded*, and
 * only warns. So a warning with a commit means that its outcome is unknown; see `connections.ts`.
 */
import { HoldfastError } from '@holdfast/core/errors';
import type { ClientBase } from 'pg';

/** Each with the SQL that says whether it holds. */
const DEMANDS: readonly (readonly [sql: string, demand: string])[] = [
  ["current_setting('fsync') = 'on'", 'fsync must be on'],
  ["current_setting('full_page_writes') = 'on'", 'full_page_writes must be on'],
  // Else it goes on after a failed sync, though what was to be synced may be gone.
  ["current_setting('data_sync_retry') = 'off'", 'data_sync_retry must be off'],
  [
    "current_setting('synchronous_commit') NOT IN ('off', 'local')",
    'synchronous_commit must be on, not off or local',
  ],
];
const QUORUM_DEMANDS: typeof DEMANDS = [
  [
    "current_setting('synchronous_standby_names') <> ''",
    'synchronous_standby_names must name standbys, or the vault must be told that this is a single node',
  ],
  ["current_setting('max_wal_senders')::int > 0", 'max_wal_senders must not be 0'],
];

const demandsOf = (isSingleNode: boolean) =>
  isSingleNode ? DEMANDS : [...DEMANDS, ...QUORUM_DEMANDS];

/** SQL that is true while commits are durable, to be asked together with each. */
export function durableSql(isSingleNode: boolean): string {
  return demandsOf(isSingleNode)
    .map(([sql]) => `(${sql})`)
    .join(' AND ');
}

/** @throws {HoldfastError} `database-unsafe`, with all that is wrong. */
export async function assertDurable(client: ClientBase, isSingleNode: boolean): Promise<void> {
  const demands = demandsOf(isSingleNode);
  const { rows } = await client.query({
    text: `SELECT ${demands.map(([sql]) => sql).join(', ')}`,
    rowMode: 'array',
  });
  const broken = demands.filter((_, i) => rows[0]?.[i] !== true).map(([, demand]) => demand);
  if (broken.length > 0) throw unsafe(broken.join('; '));
}

export function unsafe(state: string): HoldfastError {
  return new HoldfastError(
    'database-unsafe',
    `Cannot use the vault's database: it could lose what it acknowledged: ${state}`,
  );
}
