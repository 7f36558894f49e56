/** Runs vectors/backup-format/record-choice.json. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '@holdfast/core/bytes';
import { RECOVERY_RECORD_BYTES } from '@holdfast/core/recovery-record';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { readVectors } from '../fixture/vector-files.ts';
import type { Store } from '../stores/store.ts';
import { keyVerifier } from './open-backup.ts';

interface RecordVector {
  readonly rootKey: string;
  readonly start: string;
  readonly signature: string;
}

interface Vector {
  readonly name: string;
  readonly shown: Readonly<Record<string, string>>;
  readonly counts: string;
  readonly code: string;
}

interface VectorFile {
  readonly given: { readonly records: Readonly<Record<string, RecordVector>> };
  readonly cases: readonly Vector[];
  readonly failures: readonly Vector[];
}

const { given, cases, failures } = readVectors<VectorFile>('backup-format/record-choice.json');

function objectOf({ start, signature }: RecordVector): Uint8Array {
  if (start === '') return new Uint8Array(0);
  const object = new Uint8Array(RECOVERY_RECORD_BYTES);
  object.set(fromHex(start));
  object.set(fromHex(signature), RECOVERY_RECORD_BYTES - 64);
  return object;
}

async function storeWith({ shown }: Vector): Promise<Store> {
  const store = new MemoryStore();
  for (const [name, record] of Object.entries(shown)) {
    await store.put(`records/${name}`, objectOf(given.records[record] as RecordVector));
  }
  return store;
}

for (const vector of cases) {
  test(`the recovery record counts that the vector says: ${vector.name}`, async () => {
    const fits = await keyVerifier(await storeWith(vector));
    const { rootKey } = given.records[vector.counts] as RecordVector;
    for (const record of Object.values(given.records)) {
      assert.equal(await fits(fromHex(record.rootKey)), record.rootKey === rootKey);
    }
  });
}

for (const vector of failures) {
  test(`no recovery record counts, as the vector says: ${vector.name}`, async () => {
    await assert.rejects(keyVerifier(await storeWith(vector)), { code: vector.code });
  });
}
