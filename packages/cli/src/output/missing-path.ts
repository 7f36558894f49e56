/** What to say of a path or pattern that a snapshot lacks. */
import type { Backup, Snapshot } from '@holdfast/client';
import { safeName, safeText } from '@holdfast/client/safe-text';

/** Such as `snapshot 4 (of /home/me/signal) has no wa/Media`. */
export function lacksText({ number, sources }: Snapshot, paths: readonly string[]): string {
  const of = sources.map(safeName).join(', ');
  return `snapshot ${number} (of ${of}) has no ${paths.map(safeText).join(', ')}`;
}

/**
 * Where it may be instead: under another spelling, or in another snapshot.
 *
 * @returns null when it is nowhere that was looked at.
 */
export async function elsewhereText(
  backup: Backup,
  snapshot: Snapshot,
  path: string,
  options: { readonly signal: AbortSignal },
): Promise<string | null> {
  const client = await import('@holdfast/client');
  const similar = await client.findInOtherCase(backup, snapshot, path, options);
  if (similar !== null) return `Did you mean ${safeName(similar)}?`;
  const all = await client.listSnapshots(backup, options);
  const others = all.filter(({ number }) => number !== snapshot.number);
  const holder = await client.findHolder(backup, others, path, options);
  if (holder === null) return null;
  const { number, sources } = holder;
  return `Snapshot ${number} (of ${sources.map(safeName).join(', ')}) has it: "holdfast restore ${number}" with the same options`;
}
