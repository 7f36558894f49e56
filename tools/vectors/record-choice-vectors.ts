// Vectors of which recovery record counts, of several in a store (spec/backup-format.md §8.1).

import { deriveBackupId, deriveRootKeys } from '@holdfast/core/backup-format';
import {
  encodeKeyRecordBody,
  type RecoveryMethod,
  signRecoveryRecord,
} from '@holdfast/core/recovery-record';
import { Secret } from '@holdfast/core/secret';
import { countingCrypto, drawn } from './counting-crypto.ts';
import type { VectorFile } from './vector-file.ts';

const SIGNATURE_OFFSET = 16_320;

interface Made {
  readonly rootKey: Uint8Array;
  readonly start: Uint8Array;
  readonly signature: Uint8Array;
}

/** Each fits a root key of its own, so that a reader can tell which one counts. */
async function makeRecord(method: RecoveryMethod, version: number): Promise<Made> {
  const crypto = countingCrypto(`recovery record ${method} ${version}`);
  const { ownerSeed } = await deriveRootKeys(crypto, new Secret(drawn('root key')));
  const ownerPublicKey = await crypto.ed25519PublicKey(ownerSeed.bytes());
  const backupId = await deriveBackupId(crypto, ownerPublicKey);
  const rootKey = drawn(`root key of ${method} ${version}`);
  const body = await encodeKeyRecordBody(crypto, new Secret(rootKey.slice()));
  const previousHash = version === 1 ? new Uint8Array(32) : drawn('hash of the record before');
  const fields = { method, version, backupId, ownerPublicKey, previousHash, body };
  const object = await signRecoveryRecord(crypto, ownerSeed, fields);
  const start = object.slice(0, 116 + body.length);
  return { rootKey, start, signature: object.slice(SIGNATURE_OFFSET) };
}

export async function recordChoiceVectors(): Promise<VectorFile> {
  const one = await makeRecord('key', 1);
  const two = await makeRecord('key', 2);
  const last = await makeRecord('key', 999_999);
  const password = await makeRecord('password', 3);
  const cut = { ...two, start: two.start.slice(0, -1) };
  return {
    path: 'backup-format/record-choice.json',
    description:
      'Which recovery record of method "key" counts (spec/backup-format.md §8.1). "shown" gives, by what follows records/ in their name, the records that the store has; each is a start, then zeros, then the signature at 16,320, and fits the root key beside it, as none else. "counts" is the one that does. "junk" has no bytes.',
    given: {
      records: {
        one,
        two,
        last,
        password,
        'two, cut': cut,
        junk: { rootKey: drawn('no root key'), start: '', signature: '' },
      },
    },
    cases: [
      { name: 'one', shown: { 'key-000001': 'one' }, counts: 'one' },
      { name: 'two', shown: { 'key-000001': 'one', 'key-000002': 'two' }, counts: 'two' },
      { name: 'the first one gone', shown: { 'key-000002': 'two' }, counts: 'two' },
      {
        name: 'the greatest version there is',
        shown: { 'key-000002': 'two', 'key-999999': 'last' },
        counts: 'last',
      },
      {
        name: 'the newest damaged',
        shown: { 'key-000001': 'one', 'key-000002': 'two, cut' },
        counts: 'one',
      },
      {
        name: 'an old one under a new name',
        shown: { 'key-000001': 'one', 'key-000002': 'two', 'key-000003': 'one' },
        counts: 'two',
      },
      {
        name: 'one of another method under a new name',
        shown: { 'key-000001': 'one', 'key-000003': 'password' },
        counts: 'one',
      },
      {
        name: 'names of another form',
        shown: { 'key-000001': 'one', 'key-2': 'two', 'key-0000002': 'two' },
        counts: 'one',
      },
      {
        name: 'records of other methods, one unknown',
        shown: { 'key-000001': 'one', 'password-000003': 'password', 'telepathy-000001': 'junk' },
        counts: 'one',
      },
    ],
    failures: [
      { name: 'none', shown: {}, code: 'backup-missing' },
      {
        name: 'records of other methods alone',
        shown: { 'password-000003': 'password', 'telepathy-000001': 'junk' },
        code: 'backup-missing',
      },
      { name: 'a damaged one alone', shown: { 'key-000002': 'two, cut' }, code: 'damaged' },
      { name: 'one under the name of another', shown: { 'key-000001': 'two' }, code: 'damaged' },
      {
        name: 'one of another method under this name',
        shown: { 'key-000003': 'password' },
        code: 'damaged',
      },
      { name: 'a name of another form', shown: { 'key-1': 'one' }, code: 'damaged' },
      { name: 'an empty one', shown: { 'key-000001': 'junk' }, code: 'damaged' },
    ],
  };
}
