/** Turns the words after a command's name into options and operands; says what was meant if it can't. */
import { parseArgs } from 'node:util';
import type { Arguments, Command, Option } from '../command.ts';
import { usageError } from '../command-error.ts';
import { nearest } from './nearest.ts';

/** What every command takes. */
export const HELP: Option = { name: 'help', summary: 'Show this help' };

/** @throws {HoldfastError} `usage` for an unknown option, a missing value, or a word too many. */
export function parseArguments(command: Command, args: readonly string[]): Arguments {
  const known = [...command.options, HELP];
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      known.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string' }]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const isHelp = token.rawName === '-h';
    const option = isHelp ? HELP : known.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(command, token.rawName, known);
    const given = values.get(option.name) ?? [];
    if (!option.isList && given.length > 0) {
      throw usageError(`Cannot run ${command.name}: --${option.name} is given twice`);
    }
    values.set(option.name, [...given, readValue(command, option, token)]);
  }
  if (!command.takesOperands && operands.length > 0) {
    const advice = `"holdfast-server help ${command.name}" lists the options.`;
    throw usageError(`Cannot run ${command.name}: it takes options only`, advice);
  }
  return { options: values, operands };
}

function readValue(
  command: Command,
  { name, value: placeholder }: Option,
  { value, inlineValue = false }: { value?: string | undefined; inlineValue?: boolean | undefined },
): string {
  if (placeholder === undefined) {
    if (value === undefined) return '';
    throw usageError(`Cannot run ${command.name}: --${name} takes no value`);
  }
  const isMissing = value === undefined || value === '';
  if (!isMissing && (inlineValue || !/^-./.test(value))) return value;
  throw usageError(
    `Cannot run ${command.name}: --${name} needs a value (${placeholder})`,
    isMissing ? undefined : `If the value begins with a dash, write it as --${name}=VALUE.`,
  );
}

function unknownOption(command: Command, typed: string, known: readonly Option[]): Error {
  const names = known.map(({ name }) => name);
  const meant = nearest(typed.replace(/^-+/, ''), names);
  return usageError(
    `Cannot run ${command.name}: there is no option ${typed}`,
    meant === null
      ? `"holdfast-server help ${command.name}" lists the options.`
      : `Did you mean --${meant}?`,
  );
}
