/** Has vaults remember the heads of a backup that has no password there (spec/vault-protocol.md §12.3, 6). */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import {
  ACCOUNT_CODE_BYTES,
  enrolOwner,
  type Outcome,
  VaultClient,
} from '@holdfast/core/vault-protocol';
import { linksOf } from '../passwords/ask-vaults.ts';
import { tellPorts } from '../passwords/passwords.ts';
import type { Backup } from '../repository/backup.ts';
import { ownersBefore, type WitnessOptions } from './witnesses.ts';

export interface EnrolledWitness {
  readonly url: string;
  /** Null when the vault knows the backup now. */
  readonly failure: unknown;
}

/** A backup that a vault knows already stays as it is. */
export async function enrolWitnesses(
  backup: Backup,
  options: WitnessOptions,
): Promise<readonly EnrolledWitness[]> {
  // A ledger without records is the owner's key's alone: nobody needs this code again.
  const accountCode = new Secret(nodeCrypto.randomBytes(ACCOUNT_CODE_BYTES));
  const ports = await tellPorts(backup.store, backup.id, options);
  const { ownerSeed, ownerPublicKey, headPublicKey } = backup.keys;
  const before = await ownersBefore(backup, options.signal);
  const owner = { ownerSeed, ownerPublicKey, headPublicKey, before };
  const enrol = async (client: VaultClient): Promise<Outcome> => {
    try {
      return await enrolOwner(ports, client, owner, null);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'not-authorised') throw error;
      // To make a ledger takes a token.
      return await enrolOwner(ports, client, owner, 'enrol');
    }
  };
  try {
    return await Promise.all(
      linksOf({ ...options, accountCode }).map(async (link) => {
        const client = new VaultClient(link, ports.context);
        try {
          const outcome = await enrol(client);
          if (outcome !== 'done') throw refused(link.name, outcome);
          return { url: link.name, failure: null };
        } catch (failure) {
          if (failure instanceof HoldfastError && failure.code === 'cancelled') throw failure;
          return { url: link.name, failure };
        }
      }),
    );
  } finally {
    accountCode.wipe();
    for (const earlier of before) earlier.ownerSeed.wipe();
  }
}

function refused(url: string, outcome: string): HoldfastError {
  const message = `Cannot have the vault at ${url} remember this backup: it answers with "${outcome}"`;
  return new HoldfastError('vaults-unreachable', message);
}
