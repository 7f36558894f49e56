/**
 * What this device remembers of the password of a backup: when it was last typed here, how far it has seen the
 * vaults' logs, and what it has yet to tell them. Nothing of it opens anything.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LogEnd, VAULTS_MAX } from '@holdfast/core/vault-protocol';
import type { Folders } from './folders.ts';
import { replacePrivateFile } from './private-file.ts';

export interface PasswordMemory {
  /** When the password was last typed here and worked; null if it never was. */
  readonly typedAtMs: number | null;
  /** How many vaults must take part. */
  readonly t: number;
  /** Attempts of this device, in hex: guesses of the person's own. */
  readonly attempts: readonly string[];
  /** Ends of the logs that this device saw, by identity of the vault in hex. */
  readonly seen: ReadonlyMap<string, LogEnd>;
  /** Of right guesses that a vault has not noted as such. */
  readonly proofs: readonly KeptProof[];
}

/** A signed request; holds no secret. */
export interface KeptProof {
  /** Of the vault that it is for. */
  readonly identity: Uint8Array;
  readonly request: Uint8Array;
  /** When the guess was made. */
  readonly atMs: number;
}

const NOTHING: PasswordMemory = {
  typedAtMs: null,
  t: 1,
  attempts: [],
  seen: new Map(),
  proofs: [],
};
/** More than vaults count in their lives. */
const ATTEMPTS_MAX = 1000;
/** As many as vaults remember attempts. */
const PROOFS_MAX = 16 * VAULTS_MAX;

/** @returns Nothing of what can't be read. */
export async function recallPassword(
  folders: Folders,
  backupId: Uint8Array,
): Promise<PasswordMemory> {
  try {
    return readMemory(JSON.parse(await readFile(memoryPath(folders, backupId), 'utf8')));
  } catch {
    // It is merely forgotten.
    return NOTHING;
  }
}

export async function rememberPassword(
  folders: Folders,
  backupId: Uint8Array,
  change: Partial<PasswordMemory>,
): Promise<void> {
  const before = await recallPassword(folders, backupId);
  const { typedAtMs, t, attempts, seen, proofs } = { ...before, ...change };
  const ends = [...seen].map(([vault, { number, hash }]) => ({
    vault,
    number,
    hash: hash.toHex(),
  }));
  const text = JSON.stringify({
    typedAtMs,
    t,
    attempts: attempts.slice(-ATTEMPTS_MAX),
    seen: ends,
    proofs: proofs.slice(-PROOFS_MAX).map(({ identity, request, atMs }) => {
      return { vault: identity.toHex(), request: request.toHex(), atMs };
    }),
  });
  await replacePrivateFile(memoryPath(folders, backupId), `${text}\n`);
}

function readMemory(value: unknown): PasswordMemory {
  const { typedAtMs, t, attempts, seen, proofs } = value as Record<string, unknown>;
  return {
    typedAtMs: Number.isSafeInteger(typedAtMs) ? (typedAtMs as number) : null,
    t: Number.isSafeInteger(t) ? (t as number) : 1,
    attempts: Array.isArray(attempts) ? attempts.filter((one) => typeof one === 'string') : [],
    seen: new Map(Array.isArray(seen) ? seen.flatMap(readEnd) : []),
    proofs: Array.isArray(proofs) ? proofs.flatMap(readProof) : [],
  };
}

function readEnd(value: unknown): [string, LogEnd][] {
  const { vault, number, hash } = value as Record<string, unknown>;
  const isEnd =
    typeof vault === 'string' && Number.isSafeInteger(number) && typeof hash === 'string';
  return isEnd ? [[vault, { number: number as number, hash: Uint8Array.fromHex(hash) }]] : [];
}

function readProof(value: unknown): KeptProof[] {
  const { vault, request, atMs } = value as Record<string, unknown>;
  const isProof =
    typeof vault === 'string' && typeof request === 'string' && Number.isSafeInteger(atMs);
  if (!isProof) return [];
  const identity = Uint8Array.fromHex(vault);
  return [{ identity, request: Uint8Array.fromHex(request), atMs: atMs as number }];
}

function memoryPath(folders: Folders, backupId: Uint8Array): string {
  return join(folders.state, 'passwords', `${backupId.toHex()}.json`);
}
