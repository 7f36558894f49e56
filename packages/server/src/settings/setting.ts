/** What a setting is: where it may come from, what is allowed, and how help explains it. */
import * as v from 'valibot';
import type { Option } from '../command.ts';

export interface Setting<Value = unknown> {
  /** How a text of an option or the environment is read: whole, as digits, as a list. */
  readonly kind: 'text' | 'number' | 'switch' | 'list' | 'file only';
  /** What stands for the value in help; a switch has none. */
  readonly value?: string;
  /** Of the value as the configuration file has it. */
  readonly schema: v.GenericSchema<unknown, Value>;
  /** What the schema takes, to go on after "it must be". */
  readonly allowed: string;
  readonly summary: string;
  /** What a setting in a configuration file names is seen from there: gives it with paths resolved. */
  readonly withPaths?: (value: never, resolve: (path: string) => string) => Value;
}

export type SettingTable = Readonly<Record<string, Setting>>;

/** All that is set, as the schemas give it. */
export type SettingsOf<Table extends SettingTable> = {
  readonly [Key in keyof Table]?: v.InferOutput<Table[Key]['schema']>;
};

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;

/** Of a setting that is a path itself. */
function withPath(path: string, resolve: (path: string) => string): string {
  return resolve(path);
}

export const text = v.pipe(v.string(), v.nonEmpty());

const path = { kind: 'text', schema: text, allowed: 'a path', withPaths: withPath } as const;
export const file = { ...path, value: 'FILE' } as const;
export const folder = { ...path, value: 'DIR' } as const;

export function wholeNumber(
  least: number,
  most: number,
): Pick<Setting<number>, 'kind' | 'schema' | 'allowed'> {
  return {
    kind: 'number',
    schema: v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most)),
    allowed: `a whole number from ${least} to ${most}`,
  };
}

export function oneOf<const Names extends readonly string[]>(
  names: Names,
): Pick<Setting<Names[number]>, 'kind' | 'schema' | 'allowed'> {
  return { kind: 'text', schema: v.picklist(names), allowed: `one of ${names.join(', ')}` };
}

/** `127.0.0.1:8440`, `[::1]:8440`, `localhost:8440`; port 0 is any that is free. */
export const hostPort: Pick<Setting<HostPort>, 'kind' | 'schema' | 'allowed'> = {
  kind: 'text',
  schema: v.pipe(
    v.string(),
    v.regex(/^(\[[0-9a-f:.]+\]|[^\s:[\]]+):\d{1,5}$/i),
    v.transform((given) => {
      const colon = given.lastIndexOf(':');
      const host = given.slice(0, colon).replace(/^\[|\]$/g, '');
      return { host, port: Number(given.slice(colon + 1)) };
    }),
    v.check(({ port }) => port <= PORT_MAX),
  ),
  allowed: 'an address and a port, such as 127.0.0.1:8440 or [::1]:8440',
};

/** `tlsKey` is `--tls-key`. */
export function optionName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** All settings that have an option, as the parser and help want them. */
export function optionsOf(table: SettingTable): Option[] {
  return Object.entries(table)
    .filter(([, { kind }]) => kind !== 'file only')
    .map(([key, { kind, value, summary }]) => ({
      name: optionName(key),
      ...(value === undefined ? {} : { value }),
      ...(kind === 'list' ? { isList: true as const } : {}),
      summary,
    }));
}
