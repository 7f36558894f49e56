/**
 * What could not be restored: a failure counts for its path, and the rest goes on.
 */
import { HoldfastError } from '@holdfast/core/errors';
import { isDamage } from '../damage.ts';
import type { OnEvent } from '../events.ts';
import { pathBytes } from '../paths/path-text.ts';
import { systemState } from '../platform/system-state.ts';

export interface RestoreFailure {
  readonly path: Uint8Array;
  /**
   * When the list of files is damaged: not one path is meant but all from `path` on that come before
   * this one in order of their names' bytes; all that follow when null. Older versions of them may
   * have been restored, and some that were deleted.
   */
  readonly before?: Uint8Array | null;
  readonly code: string;
  readonly message: string;
}

export class RestoreFailures {
  readonly list: RestoreFailure[] = [];
  readonly #onEvent: OnEvent | undefined;

  constructor(onEvent: OnEvent | undefined) {
    this.#onEvent = onEvent;
  }

  /** Has a failure count for one path only, unless it would befall all others too. */
  async guard(key: Uint8Array, act: () => Promise<void> | void): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.take(key, error);
    }
  }

  /** @throws What would befall all other paths too. */
  take(key: Uint8Array, error: unknown): void {
    const { code } = error as { code?: string };
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      const message = 'Cannot restore: no room is left on the disk that it goes to';
      throw new HoldfastError('disk-full', message, { cause: error });
    }
    const isErrno = typeof (error as NodeJS.ErrnoException).syscall === 'string';
    const isAboutPath = isErrno || code === 'target-unusable' || code === 'target-denied';
    if (!isAboutPath && !isDamage(error)) throw error;
    this.add(key, error);
  }

  /** @param before End of the stretch that is meant, when it is more than one path. */
  add(key: Uint8Array, error: unknown, before?: Uint8Array | null): void {
    const isOurs = error instanceof HoldfastError;
    const code = isOurs ? error.code : 'target-denied';
    const message = isOurs ? error.message : `Cannot restore: ${systemState(error)}`;
    const path = pathBytes(key);
    const stretch = before === undefined ? {} : { before: before && pathBytes(before) };
    this.list.push({ path, code, message, ...stretch });
    this.#onEvent?.({ type: 'note', code: 'not-restored', path, message, ...stretch });
  }
}
