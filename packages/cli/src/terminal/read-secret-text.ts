/** Reads a short text with a secret from a file or standard input, and wipes its bytes. */
import { createReadStream } from 'node:fs';
import { systemState } from '@holdfast/client/system-state';
import { commandError, usageError } from '../command-error.ts';
import type { InputStream } from './terminal.ts';

const LONGEST_BYTES = 4096;

export interface SecretFile {
  /** A path, or `-` for standard input. */
  readonly name: string;
  /** What it is called in errors, such as `key file`. */
  readonly what: string;
  readonly nextStep?: string;
}

/** @throws {HoldfastError} `usage` when it can't be read, is too long, or is no UTF-8. */
export async function readSecretText(
  { name, what, ...advice }: SecretFile,
  stdin: InputStream,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of name === '-' ? stdin : createReadStream(name)) {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part;
      parts.push(bytes);
      length += bytes.length;
      if (length > LONGEST_BYTES) break;
    }
  } catch (cause) {
    wipe(parts);
    const message = `Cannot read the ${what}: ${systemState(cause)}`;
    throw commandError('usage', message, { cause, ...advice });
  }
  const whole = Buffer.concat(parts);
  try {
    if (length <= LONGEST_BYTES) return new TextDecoder('utf-8', { fatal: true }).decode(whole);
  } catch (cause) {
    throw commandError('usage', `Cannot read the ${what}: it is no text in UTF-8`, { cause });
  } finally {
    wipe([...parts, whole]);
  }
  throw usageError(`Cannot read the ${what}: it is longer than ${LONGEST_BYTES} bytes`);
}

function wipe(parts: readonly Uint8Array[]): void {
  for (const part of parts) part.fill(0);
}
