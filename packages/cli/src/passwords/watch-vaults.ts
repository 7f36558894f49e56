/**
 * How the vaults stand, for who does not ask for it: changes that wait, guesses of others, a password that
 * was not typed for long (spec/vault-protocol.md §12.2, the end). Spends nothing, and blocks nobody.
 */
import type { Store } from '@holdfast/client';
import type { GuessLog } from '@holdfast/client/passwords';
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import type { AskedVault, LedgerStatus } from '@holdfast/core/vault-protocol';
import type { Output } from '../output/output.ts';
import type { Folders } from '../places/folders.ts';
import { recallPassword, rememberPassword } from '../places/password-memory.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';
import { deliverKeptProofs } from './kept-proofs.ts';
import { strangeGuesses } from './strange-guesses.ts';

export interface WatchPlace {
  readonly folders: Folders;
  readonly store: Store;
  readonly rootKey: Secret;
  readonly backupId: Uint8Array;
  /** Those that this device trusts when missing. */
  readonly vaults?: readonly TrustedVault[];
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

export interface WatchedVault {
  readonly url: string;
  /** Null when it did not answer, or knows nothing of this backup. */
  readonly status: LedgerStatus | null;
  /** Null when it answered, if only that it knows nothing of this backup. */
  readonly failure: unknown;
  /** New in its log, and neither proved nor of this device. */
  readonly strange: number;
  /** Its log contains what this device saw of it before, and leads to what it signed. */
  readonly isLogGood: boolean;
}

export interface Watch {
  readonly vaults: readonly WatchedVault[];
  /** When the password was last typed here; null if it never was. */
  readonly typedAtMs: number | null;
}

/** For all that is asked. */
const PATIENCE_MS = 5000;

/**
 * In a few seconds, or not at all: never fails what it is a part of.
 *
 * @returns Null when this device trusts no vault, or they could not be asked, which is said.
 */
export async function watchVaults(place: WatchPlace, output: Output): Promise<Watch | null> {
  try {
    return await askAll(place);
  } catch (error) {
    const state = error instanceof Error ? error.message : 'unknown';
    output.warn(`The vaults were not asked: ${state}`);
    return null;
  }
}

async function askAll(place: WatchPlace): Promise<Watch | null> {
  const { folders, store, rootKey, backupId } = place;
  const vaults = place.vaults ?? (await readTrustedVaults(folders));
  if (vaults.length === 0) return null;
  const { readGuessLogs, surveyAsOwner } = await import('@holdfast/client/passwords');
  const signal = AbortSignal.any([place.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const options = { vaults, accountCode: null, signal };
  await deliverKeptProofs(place, { vaults, signal }, place.nowMs);
  const { seen, attempts, typedAtMs } = await recallPassword(folders, backupId);
  const survey = await surveyAsOwner(store, rootKey, options);
  const known = vaults.filter(({ identity }) =>
    survey.vaults.some(
      ({ client, status }) => status !== null && equalBytes(client.link.identity, identity),
    ),
  );
  const logs = await readGuessLogs(store, rootKey, {
    ...{ ...options, vaults: known, seen, isOnlyNew: true },
  }).catch((error: unknown) => {
    if (place.signal.aborted || !signal.aborted) throw error;
    // The time is up: what the vaults said of themselves is told.
    return [];
  });
  const ends = logs.flatMap(({ identity, log }) =>
    log === null ? [] : [[identity.toHex(), log.status.log] as const],
  );
  if (ends.length > 0) {
    await rememberPassword(folders, backupId, { seen: new Map([...seen, ...ends]) });
  }
  return { typedAtMs, vaults: survey.vaults.map((asked) => watched(asked, logs, attempts)) };
}

function watched(
  { client, status, failure }: AskedVault,
  logs: readonly GuessLog[],
  attempts: readonly string[],
): WatchedVault {
  const { name: url, identity } = client.link;
  const log = logs.find((other) => equalBytes(other.identity, identity))?.log ?? null;
  const isUnknown = failure instanceof HoldfastError && failure.code === 'not-authorised';
  return {
    url,
    status,
    failure: isUnknown ? null : failure,
    strange: log === null ? 0 : strangeGuesses(log.entries, attempts).length,
    isLogGood: log === null || (log.isWhole && log.hasSeen),
  };
}
