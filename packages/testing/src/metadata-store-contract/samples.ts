import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Account, MetadataStore, NewAccount, NewObject } from '@holdfast/provider/metadata';

export function sampleAccount(change: Partial<NewAccount> = {}): NewAccount {
  return {
    accountId: randomBytes(16),
    backupId: randomBytes(32),
    ownerKey: randomBytes(32),
    headKey: randomBytes(32),
    key: randomBytes(32),
    createdAtMs: 1_700_000_000_000,
    inviteHash: null,
    ...change,
  };
}

/** Makes one. */
export async function makeAccount(metadata: MetadataStore): Promise<Account> {
  const account = sampleAccount();
  assert.equal(await metadata.createAccount(account), 'created');
  return await accountOf(metadata, account.accountId);
}

export async function accountOf(metadata: MetadataStore, accountId: Uint8Array): Promise<Account> {
  return (await metadata.readAccount(accountId)) ?? assert.fail('there is an account');
}

/** A small object, in the database itself. */
export function sampleObject(accountId: Uint8Array, change: Partial<NewObject> = {}): NewObject {
  const bytes = randomBytes(100);
  return {
    ...{ accountId, name: `keyrings/${randomBytes(32).toString('hex')}`, lengthBytes: 100 },
    ...{ hash: randomBytes(32), writtenAtMs: 1_700_000_000_000, quotaBytes: 1_000_000 },
    content: { kind: 'inline', bytes },
    ...change,
  };
}

/** A large one, which lies somewhere else. */
export function placedObject(accountId: Uint8Array, change: Partial<NewObject> = {}): NewObject {
  const content = { kind: 'place', place: randomBytes(16) } as const;
  return sampleObject(accountId, { content, ...change });
}

export function placeOf({ content }: NewObject): Uint8Array {
  return content.kind === 'place' ? content.place : assert.fail('it has a place');
}
