/** Has the commands that a text advises name the same store as the run that says it. */
import type { Options } from '../arguments/options.ts';
import { shellWord } from '../terminal/shell-word.ts';

/** Commands in texts that open a store. */
const COMMANDS =
  /\bholdfast (?:backup|check|diff|forget|guess-log|init|key (?:sheet|show|verify)|ls|password (?:cancel|change|check|remove|set)|prune|recover|restore|snapshots|status)\b/g;
const HAS_STORE = /\bholdfast [^"]*--store\b/;

export type Advise = (text: string) => string;

/** @param options null before they are known. */
export function adviseWith(options: Options | null): Advise {
  const store = options?.text('store');
  return (text) => {
    if (store === undefined || HAS_STORE.test(text)) return text;
    return text.replaceAll(COMMANDS, (command) => `${command} --store ${shellWord(store)}`);
  };
}
