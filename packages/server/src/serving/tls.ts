/** Certificate and key of a server, read anew when they were renewed. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { TlsPair } from '@holdfast/serving/http';
import { CommandError } from '../command-error.ts';
import { systemState } from '../output/system-state.ts';
import { readPrivateText } from '../settings/read-secret.ts';

export interface TlsFiles {
  readonly certificatePath: string;
  readonly keyPath: string;
}

/** @throws {HoldfastError} `usage` when they can't be read, or do not belong together. */
export async function readTls({ certificatePath, keyPath }: TlsFiles): Promise<TlsPair> {
  let cert: string;
  try {
    cert = await readFile(certificatePath, 'utf8');
    new X509Certificate(cert);
  } catch (cause) {
    const state =
      cause instanceof Error && 'path' in cause ? systemState(cause) : 'it holds no certificate';
    throw new CommandError('usage', `Cannot use ${certificatePath}: ${state}`, { cause });
  }
  const key = await readPrivateText(keyPath);
  const pair: TlsPair = { cert, key, minVersion: 'TLSv1.2' };
  try {
    createSecureContext(pair);
  } catch (cause) {
    const message = `Cannot use ${keyPath}: it is not the private key of ${certificatePath}`;
    throw new CommandError('usage', message, { cause });
  }
  return pair;
}
