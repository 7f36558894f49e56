/** Who issues a vault's tokens: the vault itself, or services that its settings name. */
import { readFile } from 'node:fs/promises';
import { type Issuer, parseIssuerKeys, remoteKeys } from '@holdfast/vault/authorisation';
import { CommandError } from '../command-error.ts';
import { systemState } from '../output/system-state.ts';
import type { IssuerSetting } from '../settings/vault-settings.ts';

/** @throws {HoldfastError} `usage` for keys that can't be read or used. */
export async function readIssuer(setting: IssuerSetting): Promise<Issuer> {
  const { issuer: name } = setting;
  if ('jwksUrl' in setting) return { name, keys: remoteKeys(setting.jwksUrl) };
  const { keysFile } = setting;
  let text: string;
  try {
    text = await readFile(keysFile, 'utf8');
  } catch (cause) {
    throw new CommandError('usage', `Cannot read ${keysFile}: ${systemState(cause)}`, { cause });
  }
  return { name, keys: await parseIssuerKeys(text, keysFile) };
}
