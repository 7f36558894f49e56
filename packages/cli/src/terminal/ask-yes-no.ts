/** Asks a person for yes or no, until it is one of them. */
import type { Invocation } from '../command.ts';
import { Questions } from './questions.ts';

/** @throws {HoldfastError} `cancelled`. */
export async function askYesNo(
  { terminal, output, signal }: Invocation,
  question: string,
): Promise<boolean> {
  using questions = new Questions(terminal, signal);
  while (true) {
    const answer = await questions.ask(`${question} Type yes or no: `);
    if (/^(y|yes)$/i.test(answer)) return true;
    if (/^(n|no)$/i.test(answer)) return false;
    output.tell('That is neither yes nor no.');
  }
}
