/** The marks of prune: one that can't be read stops every prune (spec/prune.md §2). */

import { asDamage } from '../damage.ts';
import type { Backup } from '../repository/backup.ts';
import { readMark } from '../repository/mark-objects.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { Suspicion, type Suspicions } from './finding.ts';

const REMEDY =
  'No snapshot depends on it, but nothing is pruned until it is gone, and a backup that another device comes before begins anew. Remove it while no device is backing up or pruning, then prune again';

/** @param names Of all marks that the store lists. */
export async function checkMarks(
  backup: Backup,
  names: readonly string[],
  suspicions: Suspicions,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const name of names) {
    throwIfCancelled(signal, 'check');
    try {
      await readMark(backup, name, signal);
    } catch (error) {
      const isNewer = asDamage(error).code === 'format-too-new';
      const state = isNewer ? 'is damaged, or of a newer version' : 'is damaged';
      const what = `The mark ${name.slice(6, 18)}… of prune ${state}`;
      suspicions.get(name, () => new Suspicion('warning', what, REMEDY)).affects(name);
    }
  }
}
