/** What a command is: data that help, completion and the parser read, and one function that runs it. */
import type { Options } from './arguments/options.ts';
import type { Output } from './output/output.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface Option {
  /** Without dashes: `store` for `--store`. */
  readonly name: string;
  /** One letter, without the dash. */
  readonly short?: string;
  /** What stands for the value in help, such as `FILE`; a switch without a value has none. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly isList?: true;
  /** The only values allowed, for completion. */
  readonly choices?: readonly string[];
  readonly summary: string;
}

export interface Example {
  readonly line: string;
  readonly what: string;
}

export interface Command {
  /** One word, or two as in `key show`. */
  readonly name: string;
  /** Half a sentence for the list of commands. */
  readonly summary: string;
  /** What follows `holdfast <name>`, without the options that every command has. */
  readonly usage: string;
  /** One to a few paragraphs, wrapped by help. */
  readonly description: readonly string[];
  /** Names of operands, for messages; the last may repeat without end. */
  readonly operands: { readonly least: number; readonly most: number };
  /** Values that complete the first operand; `folder` and `command` stand for their names. */
  readonly completes?: readonly string[] | 'folder' | 'command';
  /** Whether a run that was stopped goes on where it was when started again. */
  readonly resumes?: true;
  readonly options: readonly Option[];
  readonly examples: readonly Example[];
  /** @returns the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** All commands there are, in the order in which help lists them. */
export interface CommandTable {
  readonly names: readonly string[];
  /** @param name One of `names`. */
  load(name: string): Promise<Command>;
}

/** Everything that a run of a command has to work with. */
export interface Invocation {
  readonly options: Options;
  readonly operands: readonly string[];
  readonly terminal: Terminal;
  readonly output: Output;
  readonly commands: CommandTable;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}
