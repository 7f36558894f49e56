import type { NoteEvent } from '../events.ts';
import type { Backup } from './backup.ts';
import type { HeadProblem } from './head-problems.ts';

/** What to tell the person about something that stands above the state at hand. */
export function headNote({ number, kind }: HeadProblem, { stateOrNull: state }: Backup): NoteEvent {
  const base = state === null ? '' : `. This goes on from head ${state.head.number}`;
  let message = `Head ${number} is damaged, or none of this backup's: something newer may be missing${base}`;
  if (kind === 'unreadable') {
    message = `What head ${number} leads to can't be read, and so not what was backed up last${base}`;
  } else if (state !== null && number > state.nextNumber) {
    message = `What stands in the place of head ${number} is none of this backup's, and left aside`;
  }
  return { type: 'note', code: 'head-skipped', message };
}
