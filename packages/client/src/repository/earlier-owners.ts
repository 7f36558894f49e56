/** Whose a backup was before its root key was changed, for vaults that have not heard of that. */
import type { Keyring } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { HEAD_BYTES, parseHead } from '@holdfast/core/head';
import type { SignedRotation } from '@holdfast/core/rotation';
import type {
  EarlierOwner,
  HeadShelf,
  StoredRotation,
  WitnessedHead,
} from '@holdfast/core/vault-protocol';
import type { Store } from '../stores/store.ts';
import { type BackupKeys, deriveBackupKeys } from './backup-keys.ts';
import { getStart } from './get-start.ts';
import {
  followLinks,
  type HeadChainOptions,
  listHeadNumbers,
  readHeadObject,
  tryHead,
  type VerifiedHead,
} from './head-chain.ts';
import { headName } from './object-names.ts';
import { inForce } from './rotations.ts';

interface Place {
  readonly store: Store;
  readonly crypto: CryptoPort;
  readonly keyring: Keyring;
  readonly rotations: readonly SignedRotation[];
  /** Those in force. */
  readonly keys: Pick<BackupKeys, 'ownerPublicKey' | 'headPublicKey'>;
  /** Heads that the newest state says were put aside. */
  readonly displaced: readonly WitnessedHead[];
}

/** Oldest first. Wipe their seeds. */
export async function earlierOwners(
  { store, crypto, keyring, rotations, keys: present, displaced }: Place,
  signal: AbortSignal | undefined,
): Promise<readonly EarlierOwner[]> {
  const line: BackupKeys[] = [];
  for (const rootKey of keyring.earlierRootKeys) {
    const keys = await deriveBackupKeys(crypto, rootKey);
    for (const unused of [keys.headSeed, keys.providerAuthSeed, keys.keyringKey]) unused.wipe();
    line.push(inForce(keys, rotations));
  }
  return line.map((owner, i) => {
    const { ownerSeed, ownerPublicKey, headPublicKey } = owner;
    const after = line[i + 1] ?? present;
    // Whoever has an earlier root key can certify another that follows it.
    const next = rotations.find(
      ({ ownerBefore, ownerAfter, headKeyAfter }) =>
        equalBytes(ownerBefore, ownerPublicKey) &&
        equalBytes(ownerAfter, after.ownerPublicKey) &&
        equalBytes(headKeyAfter, after.headPublicKey),
    );
    const chain = { store, crypto, ...owner, signal };
    const rotation = async () => (next === undefined ? null : stored(chain, next, displaced));
    return { ownerSeed, ownerPublicKey, headPublicKey, rotation };
  });
}

/** @param chain Of the owner before. @returns null when the store has lost the first head of the next. */
async function stored(
  chain: HeadChainOptions,
  { firstHead: { number }, object: certificate }: SignedRotation,
  displaced: readonly WitnessedHead[],
): Promise<StoredRotation | null> {
  const head = await getStart(chain.store, headName(number), HEAD_BYTES, chain.signal);
  if (head === null) return null;
  const listed = await listHeadNumbers(chain.store, chain.signal);
  const { previousHash } = parseHead(head);
  const last = await findBelow(chain, { number, hash: previousHash }, listed);
  return { certificate, head, heads: headsUpTo(chain, last, displaced, listed) };
}

/** The last head of a generation: of that hash, below that number; the hash alone when the store has lost it. */
async function findBelow(
  chain: HeadChainOptions,
  { number, hash }: WitnessedHead,
  listed: readonly number[],
): Promise<VerifiedHead | WitnessedHead> {
  const lowest = chain.firstHead?.number ?? 1;
  for (const below of listed.filter((one) => one >= lowest && one < number).reverse()) {
    const seen = await tryHead(chain, below);
    if ('hash' in seen && equalBytes(seen.hash, hash)) return seen;
  }
  return { number: number - 1, hash };
}

function headsUpTo(
  chain: HeadChainOptions,
  newest: VerifiedHead | WitnessedHead,
  displaced: readonly WitnessedHead[],
  listed: readonly number[],
): HeadShelf {
  return {
    newest,
    displaced,
    // A generation that has ended gets no further head.
    refresh: async () => undefined,
    async linksAfter(from) {
      if (!('previousHash' in newest)) return null;
      return (await followLinks(chain, newest, from, listed)).numbers;
    },
    getHead: (number) => readHeadObject(chain.store, number, chain.signal),
  };
}
