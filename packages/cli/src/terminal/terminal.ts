/** What a command sees of the world around it; tests bring their own. */

export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
}

export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Width of the terminal; 80 where it says nothing of use, such as 0. */
export function columnsOf(stream: OutputStream): number {
  return stream.columns || 80;
}

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Whether a person is there to be asked: questions go to stderr, answers come from stdin. */
export function canAsk(terminal: Terminal): boolean {
  return terminal.stdin.isTTY === true && terminal.stderr.isTTY === true;
}

export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process;
  return { env, stdin, stdout, stderr, now: Date.now };
}
