/**
 * Doing work again that a prune on another device has pulled the ground from under.
 */
import type { Backup } from './backup.ts';
import { PrunedMeanwhile } from './footing.ts';
import { isSuperseded } from './head-chain.ts';

/** Times in all. */
const ATTEMPTS = 5;

/**
 * Does `act`, again when a prune removed meanwhile what it relied on or was reading.
 *
 * @param act Begins with a `refresh`, and may be done any number of times.
 */
export async function redoWhenPruned<Result>(
  backup: Backup,
  act: () => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt === ATTEMPTS || !(await isOfPrune(backup, error, signal))) throw error;
    }
  }
}

async function isOfPrune(
  backup: Backup,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (error instanceof PrunedMeanwhile) return true;
  const { stateOrNull: state } = backup;
  const options = backup.headChain(signal);
  return state !== null && (await isSuperseded(options, state.head.number, error));
}
