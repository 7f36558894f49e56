/** Asks a person on the terminal, a line at a time; pasted lines answer the questions that follow. */

import { createInterface, type Interface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/core/errors';
import type { Terminal } from './terminal.ts';

/** How long the next line of a paste may take; its questions are not shown then. */
const PASTE_MS = 30;

export class Questions {
  readonly #lines: Interface;
  readonly #terminal: Terminal;
  readonly #signal: AbortSignal;
  readonly #waiting: string[] = [];
  #take: ((line: string | null) => void) | null = null;
  #isClosed = false;
  #isAnswered = false;

  /** @param signal Aborting ends a question that waits, with `cancelled`. */
  constructor(terminal: Terminal, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#signal = signal;
    this.#lines = createInterface({ input: terminal.stdin, terminal: false });
    this.#lines.on('line', (line) => this.#arrive(line));
    this.#lines.on('close', () => {
      this.#isClosed = true;
      this.#take?.(null);
    });
  }

  /** @throws {HoldfastError} `cancelled` at Ctrl-C, or at the end of the input. */
  async ask(question: string): Promise<string> {
    if (this.#isAnswered) await setTimeout(PASTE_MS);
    this.#isAnswered = true;
    const pasted = this.#waiting.shift();
    if (pasted !== undefined) return pasted.trim();
    this.#terminal.stderr.write(question);
    const line = await this.#next();
    if (line !== null) return line.trim();
    this.#terminal.stderr.write('\n');
    const state = this.#signal.aborted ? 'stopped' : 'no answer was given';
    throw new HoldfastError('cancelled', `Cannot go on: ${state}`);
  }

  #next(): Promise<string | null> {
    if (this.#isClosed || this.#signal.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      const stop = (): void => this.#take?.(null);
      this.#signal.addEventListener('abort', stop, { once: true });
      this.#take = (line) => {
        this.#take = null;
        this.#signal.removeEventListener('abort', stop);
        resolve(line);
      };
    });
  }

  #arrive(line: string): void {
    if (this.#take) this.#take(line);
    else this.#waiting.push(line);
  }

  [Symbol.dispose](): void {
    this.#lines.close();
    this.#terminal.stdin.pause();
  }
}
