/**
 * Going on from an older state, when what the newest head leads to can't be read, or a vault holds a
 * newer one, and the person has given up getting it back (spec/head.md §2, vault-protocol.md §12.3).
 */
import { HoldfastError } from '@holdfast/core/errors';
import type { Backup } from './backup.ts';
import { WriteSession } from './write-session.ts';

/**
 * Puts a head that makes the state at hand the newest again, for all devices. Does nothing for a
 * backup whose newest state could be read, unless heads are displaced. Snapshots that only newer states list are lost by this,
 * also when their objects come back.
 *
 * @param backup Opened with `read-older`.
 * @returns Whether there was a newer head to go past.
 * @throws {HoldfastError} `format-too-new` when a newer version wrote what can't be read;
 *   `contention`, or what the store throws.
 */
export async function acceptOlderState(
  backup: Backup,
  options: { readonly signal?: AbortSignal } = {},
): Promise<boolean> {
  const unreadable = backup.problems.filter(({ kind }) => kind === 'unreadable');
  if (unreadable.length === 0 && backup.displacedHeads.length === 0) return false;
  const tooNew = unreadable.find(({ error }) => error.code === 'format-too-new');
  if (tooNew !== undefined) {
    const message = 'Cannot go on from an older state: the newest is of a newer version';
    throw new HoldfastError('format-too-new', message, { cause: tooNew.error });
  }
  await new WriteSession(backup, { packBuffers: 1, signal: options.signal }).goOnFromOlder();
  return true;
}
