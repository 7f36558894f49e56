/**
 * Where a command's words go: results to stdout, the rest to stderr, or all of it as lines of JSON.
 *
 * The only writer of both streams while a command runs, so that the progress bar never mixes with text.
 */

import { safeName, safeText } from '@holdfast/client/safe-text';
import type { Options } from '../arguments/options.ts';
import { type Progress, ProgressBar } from '../terminal/progress-bar.ts';
import { type Style, styleFor } from '../terminal/style.ts';
import { columnsOf, type Terminal } from '../terminal/terminal.ts';
import { wrapLine } from '../terminal/wrap-line.ts';
import { type Advise, adviseWith } from './advise.ts';
import { encodeJsonLine, stretchFields } from './json-line.ts';

export interface OutputOptions {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** The options of this run, which the commands that it advises need too. */
  readonly options?: Options;
}

/** What the engine tells while it works. */
export interface EngineEvent {
  readonly type: string;
}

const JSON_PROGRESS_MS = 500;
const HELP_COLUMNS = 78;

export class Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** For stdout. */
  readonly style: Style;
  /** For stderr. */
  readonly errorStyle: Style;
  /** Completes the commands in a text that says what to do next; warnings and asides do it by themselves. */
  readonly advise: Advise;
  readonly #terminal: Terminal;
  readonly #bar: ProgressBar | null;
  #progressAtMs = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, { isJson, isQuiet, options }: OutputOptions) {
    this.advise = adviseWith(options ?? null);
    this.#terminal = terminal;
    this.isJson = isJson;
    this.isQuiet = isQuiet;
    this.style = isJson ? (_, text) => text : styleFor(terminal.stdout, terminal.env);
    this.errorStyle = styleFor(terminal.stderr, terminal.env);
    const hasBar = terminal.stderr.isTTY === true && !isJson && !isQuiet;
    this.#bar =
      hasBar && terminal.env.TERM !== 'dumb'
        ? new ProgressBar(terminal.stderr, this.errorStyle, terminal.now)
        : null;
  }

  /** A line that was asked for: to stdout, `--quiet` or not; nothing with `--json`. */
  result(line: string): void {
    if (this.isJson) return;
    this.#bar?.erase();
    this.#terminal.stdout.write(`${line}\n`);
  }

  /**
   * A sentence that was asked for, wrapped where people read it.
   *
   * @param indent What its further lines begin with.
   */
  prose(sentence: string, indent = ''): void {
    for (const line of wrapLine(sentence, this.#terminal.stdout, indent)) this.result(line);
  }

  /** What help is laid out for: 80 columns, or a narrower terminal. */
  get helpColumns(): number {
    const { stdout } = this.#terminal;
    return stdout.isTTY ? Math.min(HELP_COLUMNS, columnsOf(stdout) - 1) : HELP_COLUMNS;
  }

  /** How long lines may be: infinite where results go to no terminal. */
  get columns(): number {
    const { stdout } = this.#terminal;
    return stdout.isTTY ? columnsOf(stdout) - 1 : Number.POSITIVE_INFINITY;
  }

  /** A part of a dialogue with the person at the terminal: to stderr. */
  tell(sentence: string, indent = ''): void {
    for (const line of wrapLine(sentence, this.#terminal.stderr, indent)) {
      this.#terminal.stderr.write(`${line}\n`);
    }
  }

  /** Lines that say how it went: to stdout, but not with `--quiet` or `--json`. */
  report(lines: readonly string[]): void {
    if (!this.isQuiet) for (const line of lines) this.prose(line, '  ');
  }

  /** An aside to the person: to stderr, but not with `--quiet` or `--json`. */
  aside(line: string): void {
    if (this.isQuiet || this.isJson) return;
    this.#bar?.erase();
    this.tell(this.advise(line));
  }

  /** Something that went wrong or needs attention: to stderr, even with `--quiet`. */
  warn(line: string): void {
    if (this.isJson) return;
    this.#bar?.erase();
    const { stderr } = this.#terminal;
    const [first = '', ...more] = wrapLine(
      `holdfast: ${this.advise(line)}`,
      stderr,
      ' '.repeat(10),
    );
    stderr.write(`${this.errorStyle('yellow', 'holdfast:')}${first.slice(9)}\n`);
    for (const part of more) stderr.write(`${part}\n`);
  }

  /** One line of JSON, with `--json` only. */
  json(value: Readonly<Record<string, unknown>>): void {
    if (this.isJson) this.#terminal.stdout.write(encodeJsonLine(value));
  }

  /** The last line of JSON of a run that did not fail. */
  summary(value: Readonly<Record<string, unknown>>): void {
    this.json({ type: 'summary', ...value });
  }

  /** For the engine's `onEvent`. */
  readonly event = (event: EngineEvent): void => {
    if (isProgress(event)) {
      this.#bar?.show(event);
      const nowMs = this.#terminal.now();
      if (!this.isJson || nowMs - this.#progressAtMs < JSON_PROGRESS_MS) return;
      this.#progressAtMs = nowMs;
    } else if (isNote(event)) {
      const { path, before, ...note } = event;
      const about = path === undefined ? '' : `${nameStretch(path, before)}: `;
      this.warn(`${about}${safeText(event.message)}`);
      this.json({ ...note, ...(path === undefined ? {} : stretchFields(path, before)) });
      return;
    }
    this.json({ ...event });
  };

  /** Takes the progress bar away. */
  endProgress(): void {
    this.#bar?.erase();
  }
}

function isProgress(event: EngineEvent): event is EngineEvent & Progress {
  return event.type === 'progress';
}

function isNote(event: EngineEvent): event is EngineEvent & {
  readonly path?: Uint8Array;
  readonly before?: Uint8Array | null;
  readonly message: string;
} {
  return event.type === 'note';
}

/** One path, or all from it on to before another. */
function nameStretch(path: Uint8Array, before: Uint8Array | null | undefined): string {
  if (before === undefined) return safeName(path);
  const from = path.length === 0 ? 'the first path' : safeName(path);
  return `All from ${from} ${before === null ? 'on' : `to before ${safeName(before)}`}`;
}
