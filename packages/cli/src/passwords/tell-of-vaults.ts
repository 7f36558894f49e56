/** Tells what nobody should miss of the vaults, beside something else that was asked for. */
import type { Invocation } from '../command.ts';
import { alarmTexts } from './watch-texts.ts';
import { type WatchPlace, watchVaults } from './watch-vaults.ts';

/** @param told What was said already. */
export async function tellOfVaults(
  { output, signal, terminal }: Invocation,
  place: Omit<WatchPlace, 'signal' | 'nowMs'>,
  told: readonly string[] = [],
): Promise<void> {
  const watch = await watchVaults({ ...place, signal, nowMs: terminal.now() }, output);
  for (const text of watch === null ? [] : alarmTexts(watch)) {
    if (!told.includes(text)) output.warn(text);
    output.json({ type: 'note', code: 'password-alarm', message: text });
  }
}
