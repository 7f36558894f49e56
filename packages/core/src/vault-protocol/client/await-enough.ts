/**
 * Waiting for several vaults without being held up by the slow: once those that came may suffice, the others
 * have a moment more (spec/vault-protocol.md §12.2).
 */

/** For what is late when the others suffice. */
const MOMENT_MS = 2000;
/** For what is late when it might tell a lie from a wrong password. */
export const DOUBT_MS = 8000;

/** How things stand: more is needed; what is there may suffice; or there is nothing left to wait for. */
export type Sufficiency = 'lacking' | 'enough' | 'done';

/**
 * Ends when all works have ended, when `look` says `done`, or a moment after it first said `enough`.
 *
 * @throws what a work throws before the end.
 * @param look Asked at first, and whenever a work has ended.
 * @param sleep Ends after so many milliseconds.
 * @param momentMs How long the moment is.
 */
export async function awaitEnough(
  works: readonly Promise<unknown>[],
  look: () => Sufficiency | Promise<Sufficiency>,
  sleep: (ms: number) => Promise<void>,
  momentMs = MOMENT_MS,
): Promise<void> {
  const pending = new Set(works);
  let moment: Promise<void> | null = null;
  let isOver = false;
  const forget = (work: Promise<unknown>) => (): void => void pending.delete(work);
  for (const work of works) void work.then(forget(work), () => undefined);
  while (true) {
    const seen = pending.size;
    const found = await look();
    if (found === 'done') return;
    if (found === 'enough') {
      moment ??= sleep(momentMs).then(() => {
        isOver = true;
      });
    }
    // While it looked, more may have come.
    if (pending.size < seen) continue;
    if (pending.size === 0 || isOver) return;
    await Promise.race(moment === null ? pending : [...pending, moment]);
  }
}
