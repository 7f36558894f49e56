/**
 * Reading what a head leads to: the keyring that it names, its state, the root and the index
 * (spec/backup-format.md §1.3).
 */
import {
  decodeRoot,
  type HeadState,
  KEYRING_BYTES,
  type Keyring,
  openHeadState,
  openKeyring,
  type Root,
} from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import { type ReadBlob, readTable } from '../table/index.ts';
import { addIndex } from './add-index.ts';
import { type BackupKeys, deriveBackupKeys, wipeRootKeys } from './backup-keys.ts';
import { getStart } from './get-start.ts';
import type { HeadChainOptions, VerifiedHead } from './head-chain.ts';
import { keyringName } from './object-names.ts';
import { SegmentMap } from './segment-map.ts';

/** A state of the backup, as one head gives it. */
export interface BackupState {
  readonly head: VerifiedHead;
  /** Of the head that follows: the first whose place is free. */
  readonly nextNumber: number;
  readonly headState: HeadState;
  readonly root: Root;
  readonly segments: SegmentMap;
}

/** @throws {HoldfastError} `object-missing`, `damaged` or `format-too-new`. */
export async function readKeyring(
  { store, crypto, signal }: HeadChainOptions,
  { keyringKey, backupId, generation }: BackupKeys,
  hash: Uint8Array,
): Promise<Keyring> {
  const name = keyringName(hash);
  const details = { objectName: name };
  const object = await getStart(store, name, KEYRING_BYTES, signal);
  if (object === null) {
    const message = 'Cannot read the keyring: it is not in the store';
    throw new HoldfastError('object-missing', message, { details });
  }
  if (!equalBytes(await crypto.sha256(object), hash)) {
    const message = 'Cannot read the keyring: it is damaged';
    throw new HoldfastError('damaged', message, { details });
  }
  const keyring = await openKeyring(crypto, keyringKey, backupId, object);
  const { earlierRootKeys } = keyring;
  const [first] = earlierRootKeys;
  // The id of the first root key, which a rotation must not have changed.
  const isOfBackup = first === undefined || equalBytes(await ownIdOf(crypto, first), backupId);
  if (earlierRootKeys.length === generation && isOfBackup) return keyring;
  keyring.wipe();
  const message = 'Cannot read the keyring: it is of another root key of this backup';
  throw new HoldfastError('damaged', message, { details });
}

async function ownIdOf(crypto: CryptoPort, rootKey: Secret): Promise<Uint8Array> {
  const keys = await deriveBackupKeys(crypto, rootKey);
  wipeRootKeys(keys);
  return keys.ownId;
}

/**
 * @param reader Reads blobs by an index that grows while it is read.
 * @throws {HoldfastError} `damaged`, `object-missing` or `format-too-new`.
 */
export async function readState(
  { crypto }: HeadChainOptions,
  keyring: Keyring,
  head: VerifiedHead,
  reader: (segments: SegmentMap) => { readonly read: ReadBlob },
): Promise<Omit<BackupState, 'nextNumber'>> {
  const headState = await openHeadState(crypto, keyring, head);
  const segments = new SegmentMap();
  for (const segment of headState.segments) segments.add(segment);
  const { read } = reader(segments);
  const root = decodeRoot(await read(headState.root));
  await addIndex(read, root.index, segments);
  // A list of snapshots that can't be read is no better than an index that can't.
  await readTable(read, root.catalog);
  return { head, headState, root, segments };
}
