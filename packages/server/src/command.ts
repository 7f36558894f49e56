/** What a command is: data that help and the parser read, and one function that runs it. */

export interface Option {
  /** Without dashes: `listen` for `--listen`. */
  readonly name: string;
  /** What stands for the value in help, such as `FILE`; a switch without a value has none. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly isList?: true;
  readonly summary: string;
}

export interface Example {
  readonly line: string;
  readonly what: string;
}

export interface Command {
  /** One word, or two as in `hsm status`. */
  readonly name: string;
  /** Half a sentence for the list of commands. */
  readonly summary: string;
  /** One to a few paragraphs, wrapped by help. */
  readonly description: readonly string[];
  /** Whether words that are no options may stand after it. */
  readonly takesOperands?: true;
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

export interface Invocation {
  readonly arguments: Arguments;
  readonly env: Environment;
  readonly commands: CommandTable;
  /** Prints a line to stdout. */
  say(line: string): void;
}

export interface Arguments {
  /** Per option the values in order; a switch has one empty value. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;
