/** Turns the words after a command's name into options and operands; says what was meant if it can't. */
import { parseArgs } from 'node:util';
import type { Command, Option } from '../command.ts';
import { usageError } from '../command-error.ts';
import { EVERY_COMMAND } from './every-option.ts';
import { nearest } from './nearest.ts';
import { Options } from './options.ts';
import { refuseTilde } from './refuse-tilde.ts';

export interface Arguments {
  readonly options: Options;
  readonly operands: readonly string[];
}

/** Kinds of values that may be patterns. */
const PATTERNS: ReadonlySet<string> = new Set(['PATH', 'PATTERN']);
/** Kinds of values that name a place on this device. */
const PATHS: ReadonlySet<string> = new Set(['DIR', 'FILE', 'URL']);

/** @throws {HoldfastError} `usage` for an unknown option, a missing value, or a wrong number of operands. */
export function parseArguments(command: Command, args: readonly string[]): Arguments {
  const known = [...command.options, ...EVERY_COMMAND];
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(known.map((option) => [option.name, parserOption(option)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const option = known.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(command, token.rawName, known);
    const given = values.get(option.name) ?? [];
    const value = readValue(command, option, token);
    if (!option.isList && given.some((other) => other !== value)) {
      throw usageError(
        `Cannot run ${command.name}: --${option.name} is given twice`,
        seeHelp(command),
      );
    }
    values.set(option.name, [...given, value]);
  }
  if (!values.has('help')) {
    const pattern = command.options.find(
      ({ name, value }) => values.has(name) && PATTERNS.has(value ?? ''),
    );
    checkOperands(command, operands, pattern?.name ?? null);
  }
  return { options: new Options(values), operands };
}

function parserOption(option: Option): { type: 'string' | 'boolean'; short?: string } {
  const type = option.value === undefined ? 'boolean' : 'string';
  return option.short === undefined ? { type } : { type, short: option.short };
}

function readValue(
  command: Command,
  option: Option,
  token: { value?: string | undefined; inlineValue?: boolean | undefined },
): string {
  const { value, inlineValue = false } = token;
  if (option.value === undefined) {
    if (value === undefined) return '';
    throw usageError(
      `Cannot run ${command.name}: --${option.name} takes no value`,
      seeHelp(command),
    );
  }
  if (value !== undefined && !inlineValue && /^-./.test(value)) {
    throw usageError(
      `Cannot run ${command.name}: --${option.name} needs a value (${option.value})`,
      `If the value begins with a dash, write it as --${option.name}=VALUE.`,
    );
  }
  if (value === undefined || value === '') {
    throw usageError(
      `Cannot run ${command.name}: --${option.name} needs a value (${option.value})`,
      seeHelp(command),
    );
  }
  if (PATHS.has(option.value)) refuseTilde(value, `--${option.name}`);
  return value;
}

function unknownOption(command: Command, typed: string, known: readonly Option[]): Error {
  const names = known.map(({ name }) => name);
  const meant = nearest(typed.replace(/^-+/, ''), names);
  const isShort = !typed.startsWith('--');
  const advice =
    isShort && command.operands.most > 0
      ? `A name that begins with a dash is written as ./${typed}, or after --.`
      : seeHelp(command);
  return usageError(
    `Cannot run ${command.name}: there is no option ${typed}`,
    meant === null || isShort ? advice : `Did you mean --${meant}?`,
  );
}

/** @param patternOption One that was given, whose value the shell may have replaced by file names. */
function checkOperands(
  command: Command,
  operands: readonly string[],
  patternOption: string | null,
): void {
  const { least, most } = command.operands;
  if (operands.length < least) {
    throw usageError(
      `Cannot run ${command.name}: something is missing after it`,
      `The form is: holdfast ${command.name} ${command.usage}`,
    );
  }
  if (operands.length > most) {
    const form = `holdfast ${command.name} ${command.usage}`.trimEnd();
    throw usageError(
      `Cannot run ${command.name}: ${most === 0 ? 'it takes options only' : 'too much stands after it'}`,
      patternOption === null
        ? `The form is: ${form}`
        : `Quote patterns, so that the shell leaves them: --${patternOption} '*.jpg'`,
    );
  }
}

function seeHelp(command: Command): string {
  return `"holdfast help ${command.name}" lists the options.`;
}
