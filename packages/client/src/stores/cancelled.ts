import { HoldfastError } from '@holdfast/core/errors';

/**
 * @param action What is being done, as in `Cannot <action>: cancelled`.
 * @throws {HoldfastError} `cancelled` when `signal` is aborted; its reason is the cause.
 */
export function throwIfCancelled(signal: AbortSignal | undefined, action: string): void {
  if (signal?.aborted) {
    throw new HoldfastError('cancelled', `Cannot ${action}: cancelled`, { cause: signal.reason });
  }
}
