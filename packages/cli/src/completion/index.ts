import type { Command } from '../command.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

/** The script that a shell sources; it never calls `holdfast` itself. */
export function completionScript(
  shell: 'bash' | 'zsh' | 'fish',
  commands: readonly Command[],
): string {
  if (shell === 'bash') return bashCompletion(commands);
  return shell === 'zsh' ? zshCompletion(commands) : fishCompletion(commands);
}
