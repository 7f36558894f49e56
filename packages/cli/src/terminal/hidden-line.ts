/** Asks for a line that is not shown, such as a password. */
import { StringDecoder } from 'node:string_decoder';
import { HoldfastError } from '@holdfast/core/errors';
import type { InputStream, Terminal } from './terminal.ts';

const ESC = '\u001b';
/** What arrow keys and the like send. */
const ESCAPES = new RegExp(`${ESC}(?:\\[[\\d;]*[A-Za-z~]|O[A-Z])`, 'gu');
/** The beginning of one, whose rest is still to come. */
const UNFINISHED = new RegExp(`${ESC}(?:\\[[\\d;]*|O)?$`, 'u');
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const ERASES = ['\u0008', '\u007f'];
const ENDS = ['\r', '\n'];

/** @throws {HoldfastError} `cancelled` at Ctrl-C, or at the end of the input. */
export async function askHidden(
  terminal: Terminal,
  signal: AbortSignal,
  question: string,
): Promise<string> {
  const { stdin, stderr } = terminal;
  stderr.write(question);
  setRaw(stdin, true);
  try {
    const line = signal.aborted ? null : await readLine(stdin, signal);
    if (line !== null) return line;
    const state = signal.aborted ? 'stopped' : 'no answer was given';
    throw new HoldfastError('cancelled', `Cannot go on: ${state}`);
  } finally {
    setRaw(stdin, false);
    stdin.pause();
    stderr.write('\n');
  }
}

function readLine(stdin: InputStream, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const decoder = new StringDecoder('utf8');
    const typed: string[] = [];
    let unfinished = '';
    const settle = (line: string | null): void => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      signal.removeEventListener('abort', onEnd);
      resolve(line);
    };
    const onEnd = (): void => settle(null);
    const onData = (part: Buffer | string): void => {
      const text = unfinished + (typeof part === 'string' ? part : decoder.write(part));
      unfinished = UNFINISHED.exec(text)?.[0] ?? '';
      const whole = text.slice(0, text.length - unfinished.length);
      const characters = [...whole.replaceAll(ESCAPES, '')];
      for (const [index, character] of characters.entries()) {
        if (ENDS.includes(character)) {
          settle(typed.join(''));
          // What was pasted behind it answers the next question.
          const rest = characters.slice(index + 1).join('') + unfinished;
          if (rest !== '') stdin.unshift(rest);
          return;
        }
        take(character);
      }
    };
    const take = (character: string): void => {
      // A terminal in raw mode makes no signal of it.
      if (character === CTRL_C) process.emit('SIGINT', 'SIGINT');
      else if (character === CTRL_D && typed.length === 0) settle(null);
      else if (character === CTRL_U) typed.length = 0;
      else if (ERASES.includes(character)) typed.pop();
      else if (!/\p{Cc}/u.test(character)) typed.push(character);
    };
    stdin.on('data', onData);
    stdin.on('end', onEnd);
    signal.addEventListener('abort', onEnd, { once: true });
    stdin.resume();
  });
}

function setRaw(stdin: InputStream, isRaw: boolean): void {
  stdin.setRawMode?.(isRaw);
}
