/**
 * A provider's database in one SQLite file, for a provider of one node: changes go through a thread of
 * their own, reads see what is durable and nothing else.
 */
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { claimDatabaseFile, GroupCommit, sqliteError } from '@holdfast/serving/sqlite';
import type { MetadataStore, TakenObject } from '../metadata-store.ts';
import { SqliteReader } from './reader.ts';
import type { Write, Written } from './writer.ts';

const READER = { readOnly: true, timeout: 1000 };

type Commits = GroupCommit<Write, Written>;

/**
 * Opens a provider's database, and makes it when there is none. Other processes may have it open, too:
 * their changes take turns.
 *
 * @param path Of the file, on a local disk; its folder exists. Others than its owner can't read it.
 * @throws {HoldfastError} `store-unreachable`, `store-denied`, `store-invalid`, `database-unsafe`,
 *   `damaged`, or `format-too-new`.
 */
export async function openSqliteMetadata(path: string): Promise<MetadataStore> {
  const file = resolve(path);
  claimDatabaseFile('provider', file);
  const thread = new URL('./writer-thread.ts', import.meta.url);
  const commits: Commits = await GroupCommit.open({ owner: 'provider', path: file, thread });
  try {
    return asMetadataStore(commits, new SqliteReader(new DatabaseSync(file, READER)));
  } catch (error) {
    await commits.close();
    throw sqliteError('provider', 'open', error);
  }
}

function asMetadataStore(commits: Commits, reader: SqliteReader): MetadataStore {
  /** Of each kind of write, the thread answers what the port does. */
  const write = async <Answer>(change: Write): Promise<Answer> =>
    (await commits.write(change)) as Answer;
  let hasClosed: Promise<void> | null = null;
  return {
    createAccount: (account) => write({ kind: 'account', account }),
    readAccount: (accountId) => reader.readAccount(accountId),
    findOwner: (ownerKey) => reader.findOwner(ownerKey),
    findKey: (key) => reader.findKey(key),
    registerKey: (accountId, generation, key) => write({ kind: 'key', accountId, generation, key }),
    addToken: (token) => write({ kind: 'token', token }),
    findToken: (tokenHash, nowMs) => reader.findToken(tokenHash, nowMs),
    addSubject: (accountId, subject) => write({ kind: 'subject', accountId, subject }),
    removeSubject: (accountId, subject) => write({ kind: 'remove-subject', accountId, subject }),
    findSubject: (subject) => reader.findSubject(subject),
    addInvite: (inviteHash) => write({ kind: 'invite', inviteHash }),
    putObject: (object) => write({ kind: 'put', object }),
    findObject: (accountId, name) => reader.findObject(accountId, name),
    readInline: (accountId, name) => reader.readInline(accountId, name),
    listObjects: (accountId, page) => reader.listObjects(accountId, page),
    findSignedBelow: (accountId, prefix, below) => reader.findSignedBelow(accountId, prefix, below),
    deleteObject: (accountId, name, nowMs) => write({ kind: 'delete', accountId, name, nowMs }),
    takeDeleted: (beforeMs, limit) =>
      write<readonly TakenObject[]>({ kind: 'take-deleted', beforeMs, limit }),
    hasPlace: (accountId, place) => reader.hasPlace(accountId, place),
    dropExpired: (nowMs) => write({ kind: 'drop-expired', nowMs }),
    async settle(name, value) {
      await write({ kind: 'setting', name, value });
      return reader.readSetting(name) ?? value;
    },
    check: () => write({ kind: 'check' }),
    close() {
      hasClosed ??= (async () => {
        reader.close();
        // The writer last: only then does SQLite take the log into the file and remove it.
        await commits.close();
      })();
      return hasClosed;
    },
  };
}
