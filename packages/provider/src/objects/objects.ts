/** The objects of an account: put once, read, listed, deleted (spec/provider-api.md §5). */
import { createHash, randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { concatBytes, toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Caller } from '../accounts/index.ts';
import type { BytesRange, ObjectBytes } from '../bytes/index.ts';
import {
  type Account,
  type Advance,
  ID_BYTES,
  INLINE_MAX_BYTES,
  type ListPage,
  type MetadataStore,
  type NewObject,
  type PutOutcome,
  type Scope,
  type StoredObject,
} from '../metadata/index.ts';
import { judgeHead } from './judge-head.ts';
import { judgeCommit, judgeRecord } from './judge-record.ts';
import { judgeRotation } from './judge-rotation.ts';
import { type KindOfName, kindOfName, OBJECT_MAX_BYTES, type ObjectKind } from './object-kind.ts';

export interface ObjectsOptions {
  readonly metadata: MetadataStore;
  readonly bytes: ObjectBytes;
  /** For accounts of which nothing else is said. */
  readonly quotaBytes: number;
  /** Beyond that, for small objects: who has no room at all can't free any. */
  readonly reserveBytes: number;
  /** How long deleted objects are kept. */
  readonly retentionMs: number;
  /** What is taken under which name; Holdfast's objects when not said. */
  readonly kindOf?: KindOfName;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** An upload, of which nothing was read yet. */
export interface Upload {
  readonly lengthBytes: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Longest object that the reserve is for. */
const RESERVED_MAX_BYTES = 1024 * 1024;
/** Times that a head is judged anew because the account changed meanwhile. */
const ATTEMPTS = 10;

/** What other scopes than `backup` may read. */
const READABLE: Readonly<Record<Exclude<Scope, 'backup'>, readonly string[]>> = {
  recovery: ['records/', 'commits/', 'rotations/'],
  rotated: ['rotations/'],
};

type Fresh = Omit<NewObject, 'quotaBytes' | 'accountId'>;

export class Objects {
  readonly #options: ObjectsOptions;
  readonly #kindOf: KindOfName;
  readonly #now: () => number;

  constructor(options: ObjectsOptions) {
    this.#options = options;
    this.#kindOf = options.kindOf ?? kindOfName;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Takes an object if there is none of that name. It is durable when this resolves.
   *
   * @throws {HoldfastError} `damaged`, `too-large`, `format-too-new`, `store-full`, `store-denied`.
   */
  async put(caller: Caller, name: string, upload: Upload): Promise<'stored' | 'exists'> {
    if (caller.scope !== 'backup') throw denied('write');
    const kind = this.#judgeName(name);
    const { lengthBytes } = upload;
    if (lengthBytes > OBJECT_MAX_BYTES) {
      throw new HoldfastError('too-large', 'Cannot take an object: it is too long');
    }
    if (!kind.isLength(lengthBytes)) throw wrong('its length is not that of such an object');
    const { account } = caller;
    if ((await this.#options.metadata.findObject(account.accountId, name)) !== null) {
      return 'exists';
    }
    if (account.usedBytes + lengthBytes > this.#roomFor(account, lengthBytes)) throw full();
    return lengthBytes <= INLINE_MAX_BYTES
      ? await this.#putSmall(account, name, kind, upload)
      : await this.#putLarge(account, name, kind, upload);
  }

  /** Null when there is none. @throws {HoldfastError} `damaged`, `store-denied`. */
  async find(caller: Caller, name: string): Promise<StoredObject | null> {
    this.#judgeName(name);
    assertReadable(caller.scope, name);
    return await this.#options.metadata.findObject(caller.account.accountId, name);
  }

  /** A part of an object that was found; null when it was deleted meanwhile. */
  async read(
    { account }: Caller,
    { name, place }: StoredObject,
    range: BytesRange,
  ): Promise<Uint8Array | Readable | null> {
    const { metadata, bytes } = this.#options;
    const { accountId } = account;
    if (place !== null) return await bytes.read({ accountId, place }, range);
    const whole = await metadata.readInline(accountId, name);
    return whole?.subarray(range.offset, range.offset + range.lengthBytes) ?? null;
  }

  /** @throws {HoldfastError} `store-denied`. */
  async list({ account, scope }: Caller, page: ListPage): Promise<StoredObject[]> {
    assertReadable(scope, page.prefix);
    return await this.#options.metadata.listObjects(account.accountId, page);
  }

  /**
   * @returns Until when it can be had back; null when there is none.
   * @throws {HoldfastError} `damaged`, `store-denied`.
   */
  async delete({ account, scope }: Caller, name: string): Promise<number | null> {
    const { isDeletable } = this.#judgeName(name);
    if (scope !== 'backup' || !isDeletable) throw denied('delete');
    const nowMs = this.#now();
    const { metadata, retentionMs } = this.#options;
    const wasThere = await metadata.deleteObject(account.accountId, name, nowMs);
    return wasThere ? nowMs + retentionMs : null;
  }

  quotaOf({ quotaBytes }: Account): number {
    return quotaBytes ?? this.#options.quotaBytes;
  }

  async #putSmall(
    account: Account,
    name: string,
    kind: ObjectKind,
    upload: Upload,
  ): Promise<'stored' | 'exists'> {
    const bytes = await readWhole(upload);
    const hash = createHash('sha256').update(bytes).digest();
    assertHash(kind, hash);
    const { lengthBytes } = upload;
    const object: Fresh = {
      ...{ name, lengthBytes, hash, writtenAtMs: this.#now() },
      content: { kind: 'inline', bytes },
    };
    let current: Account | null = account;
    for (let attempt = 0; attempt < ATTEMPTS && current !== null; attempt++) {
      const advance = await this.#judge(current, name, kind, bytes);
      const outcome = await this.#commit(current, {
        ...object,
        ...(advance === null ? {} : { advance }),
      });
      if (outcome !== 'conflict') return outcome;
      if ((await this.#options.metadata.findObject(account.accountId, name)) !== null) {
        return 'exists';
      }
      current = await this.#options.metadata.readAccount(account.accountId);
    }
    throw new HoldfastError('busy', 'Cannot take an object: its account keeps changing');
  }

  async #putLarge(
    account: Account,
    name: string,
    kind: ObjectKind,
    { body, lengthBytes }: Upload,
  ): Promise<'stored' | 'exists'> {
    const { accountId } = account;
    const { bytes } = this.#options;
    const at = { accountId, place: randomBytes(ID_BYTES) };
    const hash = await bytes.write(at, body, lengthBytes);
    let isKept = false;
    try {
      assertHash(kind, hash);
      const outcome = await this.#commit(account, {
        ...{ name, lengthBytes, hash, writtenAtMs: this.#now() },
        content: { kind: 'place', place: at.place },
      });
      isKept = outcome === 'stored';
      return outcome === 'stored' ? outcome : 'exists';
    } catch (error) {
      // The row may be there all the same: then the bytes have to be.
      isKept = error instanceof HoldfastError && error.code === 'outcome-unknown';
      throw error;
    } finally {
      if (!isKept) await bytes.remove(at);
    }
  }

  async #judge(
    account: Account,
    name: string,
    { what }: ObjectKind,
    object: Uint8Array,
  ): Promise<Advance | null> {
    const { metadata } = this.#options;
    const number = Number(name.slice(name.lastIndexOf('/') + 1));
    switch (what) {
      case 'head':
        return await judgeHead(metadata, account, number, object);
      case 'rotation':
        return await judgeRotation(metadata, account, number, object);
      case 'record':
        await judgeRecord(account, name, object);
        return null;
      case 'commit':
        await judgeCommit(account, name, object);
        return null;
      case 'sealed':
        return null;
    }
  }

  async #commit(account: Account, object: Fresh): Promise<Exclude<PutOutcome, 'full'>> {
    const { accountId } = account;
    const quotaBytes = this.#roomFor(account, object.lengthBytes);
    const outcome = await this.#options.metadata.putObject({ ...object, accountId, quotaBytes });
    if (outcome === 'full') throw full();
    return outcome;
  }

  /** What may be used in all once an object is there. */
  #roomFor(account: Account, lengthBytes: number): number {
    const isSmall = lengthBytes <= RESERVED_MAX_BYTES;
    return this.quotaOf(account) + (isSmall ? this.#options.reserveBytes : 0);
  }

  #judgeName(name: string): ObjectKind {
    const kind = this.#kindOf(name);
    if (kind === null) throw wrong('its name is of no known form');
    return kind;
  }
}

async function readWhole({ body, lengthBytes }: Upload): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let read = 0;
  for await (const piece of body) {
    read += piece.length;
    if (read > lengthBytes) break;
    pieces.push(piece);
  }
  if (read !== lengthBytes) throw wrong('it is not as long as was said');
  return concatBytes(...pieces);
}

function assertHash({ hashHex }: ObjectKind, hash: Uint8Array): void {
  if (hashHex !== null && toHex(hash) !== hashHex) throw wrong('it is not what its name says');
}

function assertReadable(scope: Scope, name: string): void {
  if (scope === 'backup') return;
  if (READABLE[scope].some((prefix) => name.startsWith(prefix))) return;
  throw denied('read');
}

function wrong(state: string): HoldfastError {
  return new HoldfastError('damaged', `Cannot take an object: ${state}`);
}

function denied(action: string): HoldfastError {
  return new HoldfastError('store-denied', `Cannot ${action} this: it is not allowed so`);
}

function full(): HoldfastError {
  return new HoldfastError('store-full', 'Cannot take an object: the quota is used up');
}
