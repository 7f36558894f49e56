/**
 * A ledger that nobody owns: judged in the place of one that is not there, so that the time of an answer
 * does not show which of both it was (spec/vault-protocol.md §6.1).
 */
import { ED25519_KEY_BYTES, HASH_BYTES } from '../../wire/index.ts';
import { ACCOUNT_BYTES, ID_BYTES } from '../limits.ts';
import { EMPTY_LOG } from '../messages/index.ts';
import { type Ledger, newLedger } from './ledger.ts';

/** The base point of Ed25519 (RFC 8032 §5.1): a sound key, of which nobody has a seed. */
const NOBODYS_KEY = new Uint8Array(ED25519_KEY_BYTES).fill(0x66).with(0, 0x58);
/** Of the HSMs' kinds one in the middle. */
const WRAPPED_KEY_BYTES = 256;

/** As a backup with a password has it; no request is authorised. */
export const DECOY: Ledger = {
  ...newLedger({
    backupId: new Uint8Array(HASH_BYTES),
    ownerPublicKey: NOBODYS_KEY,
    headPublicKey: NOBODYS_KEY,
  }),
  log: { ...EMPTY_LOG, number: 3 },
  records: [
    {
      id: new Uint8Array(ID_BYTES),
      state: 'live',
      version: 1,
      account: new Uint8Array(ACCOUNT_BYTES),
      hash: new Uint8Array(HASH_BYTES),
      proofPublicKey: NOBODYS_KEY,
      wrappedKey: new Uint8Array(WRAPPED_KEY_BYTES),
      stageId: new Uint8Array(ID_BYTES),
      element: new Uint8Array(0),
      row: 0,
      era: 0,
      dueMs: null,
      changedAt: 0,
    },
  ],
};
