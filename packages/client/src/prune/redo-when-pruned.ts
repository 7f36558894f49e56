/**
 * Doing work again that a prune on another device has pulled the ground from under.
 */
import { HoldfastError } from '@holdfast/core/errors';
import type { Backup } from '../repository/backup.ts';
import { newestHeadNumber } from '../repository/head-chain.ts';
import { PrunedMeanwhile } from './footing.ts';

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

/** A pack that is gone was deleted by a prune if there is a newer state than the one in use. */
async function isOfPrune(
  backup: Backup,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (error instanceof PrunedMeanwhile) return true;
  if (!(error instanceof HoldfastError) || error.code !== 'object-missing') return false;
  const newest = await newestHeadNumber(backup.store, signal);
  return newest !== null && newest > (backup.stateOrNull?.head.number ?? newest);
}
