/** The vaults' logs of a backup, each checked (spec/vault-protocol.md §7). */
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import { type LogEnd, type ReadLog, readLog, VaultClient } from '@holdfast/core/vault-protocol';
import type { Store } from '../stores/store.ts';
import { contextOf, linksOf, type VaultsOptions } from './ask-vaults.ts';
import { identifyOwner, wipeOwner } from './identify-owner.ts';

export interface GuessLogOptions extends VaultsOptions {
  /** What this device saw last, by a vault's identity in hex. */
  readonly seen: ReadonlyMap<string, LogEnd>;
  /** Whether to leave out what was there then. */
  readonly isOnlyNew?: boolean;
}

/** One vault's log. */
export interface GuessLog {
  readonly name: string;
  readonly identity: Uint8Array;
  /** Null when it did not answer, for `failure`. */
  readonly log: ReadLog | null;
  readonly failure: unknown;
}

export async function readGuessLogs(
  store: Store,
  rootKey: Secret,
  options: GuessLogOptions,
): Promise<readonly GuessLog[]> {
  const owner = await identifyOwner(store, rootKey, options.signal);
  const context = contextOf(owner.backupId, options);
  const seed = owner.ownerSeed.bytes();
  try {
    return await Promise.all(
      linksOf(options).map(async (link) => {
        const { name, identity } = link;
        const seen = options.seen.get(toHex(identity));
        const isFrom = options.isOnlyNew && seen !== undefined;
        try {
          const log = await readLog(context, new VaultClient(link, context), seed, {
            ...(isFrom && { from: seen }),
            ...(seen && { seen }),
          });
          return { name, identity, log, failure: null };
        } catch (failure) {
          if (failure instanceof HoldfastError && failure.code === 'cancelled') throw failure;
          return { name, identity, log: null, failure };
        }
      }),
    );
  } finally {
    wipeOwner(owner);
  }
}
