/**
 * Reads settings from options, environment and configuration file; the first that says something
 * counts. Refuses unknown keys, and says of a wrong value where it is and what is allowed, but
 * never the value: it may be a secret in the wrong place.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { nearest } from '../arguments/nearest.ts';
import type { Arguments, Environment, Option } from '../command.ts';
import { CommandError, usageError } from '../command-error.ts';
import { systemState } from '../output/system-state.ts';
import { optionName, type Setting, type SettingsOf, type SettingTable } from './setting.ts';

export const CONFIG: Option = {
  name: 'config',
  value: 'FILE',
  summary: 'Read settings from a JSON file; options and environment go before it',
};

/** Settings that share one file, and a prefix in the environment. */
export interface Realm {
  /** With `HOLDFAST_VAULT_`, `HOLDFAST_VAULT_TLS_KEY` is `--tls-key`. */
  readonly prefix: string;
  /** All that the file may hold, so that one file does for all commands. */
  readonly names: readonly string[];
}

/**
 * @param table What is read.
 * @throws {HoldfastError} `usage`.
 */
export async function readSettings<Table extends SettingTable>(
  table: Table,
  { options }: Pick<Arguments, 'options'>,
  env: Environment,
  realm: Realm,
): Promise<SettingsOf<Table>> {
  const configPath = options.get(CONFIG.name)?.at(-1) ?? env[variableName(realm, CONFIG.name)];
  const config = configPath === undefined ? {} : await readConfig(configPath, realm);
  const settings: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) {
    const name = optionName(key);
    const variable = variableName(realm, name);
    const given = options.get(name);
    const inEnv = env[variable];
    if (given !== undefined) {
      settings[key] = readTexts(setting, given, `--${name}`);
    } else if (inEnv !== undefined && inEnv !== '' && setting.kind !== 'file only') {
      const texts = setting.kind === 'list' ? inEnv.split(',').map((part) => part.trim()) : [inEnv];
      settings[key] = readTexts(setting, texts, variable);
    } else if (Object.hasOwn(config, key)) {
      const where = `the setting "${key}" of ${configPath}`;
      const value = check(setting, config[key], where);
      const fromThere = (path: string): string => resolve(dirname(configPath as string), path);
      settings[key] = setting.withPaths?.(value as never, fromThere) ?? value;
    }
  }
  return settings as SettingsOf<Table>;
}

/** @param name Of an option. */
export function variableName({ prefix }: Realm, name: string): string {
  return prefix + name.toUpperCase().replaceAll('-', '_');
}

async function readConfig(path: string, { names }: Realm): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError('usage', `Cannot read ${path}: ${systemState(cause)}`, { cause });
  }
  const value = parseJson(text, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usageError(`Cannot use ${path}: it must hold one JSON object`);
  }
  for (const key of Object.keys(value)) {
    if (names.includes(key)) continue;
    const meant = nearest(key, names);
    throw usageError(
      `Cannot use ${path}: there is no setting "${key}"`,
      meant === null ? `There are: ${names.join(', ')}.` : `Did you mean "${meant}"?`,
    );
  }
  return value as Record<string, unknown>;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Its message shows a part of the file.
    const place = /\(?(line \d+ column \d+)\)?/.exec((error as Error).message)?.[1];
    throw usageError(
      `Cannot use ${path}: it is no JSON${place === undefined ? '' : `, at ${place}`}`,
    );
  }
}

function readTexts(setting: Setting, texts: readonly string[], where: string): unknown {
  const last = texts.at(-1) ?? '';
  switch (setting.kind) {
    case 'list':
      return check(setting, texts, where);
    case 'number':
      return check(setting, /^\d+$/.test(last) ? Number(last) : null, where);
    case 'switch':
      return check(setting, last === '' || readSwitch(last), where);
    default:
      return check(setting, last, where);
  }
}

/** @returns null for what is neither. */
function readSwitch(text: string): boolean | null {
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : null;
}

function check(setting: Setting, value: unknown, where: string): unknown {
  const result = v.safeParse(setting.schema, value);
  if (result.success) return result.output;
  throw usageError(`Cannot use ${where}: it must be ${setting.allowed}`);
}
