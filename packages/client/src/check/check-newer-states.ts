/** States newer than the one that is looked at, which can't be read. */
import type { Backup } from '../repository/backup.ts';
import { numbersText, Suspicion, type Suspicions } from './finding.ts';

const NO_STATE_REMEDY =
  'Put the objects back if another copy of the store has them. Otherwise begin a new backup elsewhere, and keep this store in case a copy is found';
const OLDER_STATE_REMEDY =
  'Put the objects back if another copy of the store has them; until then restore works from the older state, and nothing new can be stored. To give up what was backed up since: "holdfast recover --accept-stale"';

export function checkNewerStates({ problems, stateOrNull }: Backup, suspicions: Suspicions): void {
  const unreadable = problems.filter(({ kind }) => kind === 'unreadable');
  const [newest] = unreadable;
  if (newest === undefined) return;
  const numbers = numbersText(
    'head',
    unreadable.map(({ number }) => number),
  );
  const what = `What ${numbers} ${unreadable.length === 1 ? 'leads' : 'lead'} to can not be read: ${newest.error.message}`;
  const remedy = stateOrNull === null ? NO_STATE_REMEDY : OLDER_STATE_REMEDY;
  const suspicion = suspicions.get('unreadable', () => new Suspicion('damage', what, remedy));
  suspicion.affects(
    stateOrNull === null
      ? 'the whole backup: no state of it can be read'
      : `what was backed up since head ${stateOrNull.head.number}; the rest of this check is about the state of that head`,
  );
  for (const { error } of unreadable) {
    if (error.details.objectName !== undefined) suspicion.affects(error.details.objectName);
  }
}
