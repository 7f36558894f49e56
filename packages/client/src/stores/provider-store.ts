/**
 * Holdfast's own backup provider as a store (spec/provider-api.md).
 *
 * Its answers are claims, as those of any store: lengths and names are looked at before they are used.
 */
import { toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import {
  parseProviderOrigin,
  providerRecipient,
  recoverySecret,
  recoverySubject,
} from '@holdfast/core/provider-api';
import type { Secret } from '@holdfast/core/secret';
import {
  ProviderHttp,
  type ProviderHttpOptions,
  RANGE_NOT_SATISFIABLE,
  readJson,
  unreachable,
} from './_provider-http.ts';
import { ProviderSession } from './_provider-session.ts';
import { resolveRange } from './byte-range.ts';
import { throwIfCancelled } from './cancelled.ts';
import { assertNamePrefix, assertObjectName, isObjectName } from './object-name.ts';
import type {
  GetOptions,
  ObjectInfo,
  Store,
  StoreAccount,
  StoreCallOptions,
  StoreUsage,
} from './store.ts';

export type ProviderStoreOptions = ProviderHttpOptions;

/** Longest object that is read whole: none is longer. */
const OBJECT_MAX_BYTES = 16 * 1024 * 1024;

export class ProviderStore implements Store {
  readonly url: string;
  readonly account: StoreAccount;
  readonly #session: ProviderSession;

  /** @throws {HoldfastError} `store-invalid` when the URL is none of a provider. */
  constructor(url: string, options: ProviderStoreOptions = {}) {
    const origin = parseProviderOrigin(url);
    this.url = origin;
    this.#session = new ProviderSession(new ProviderHttp(origin, options));
    this.account = {
      actAs: (access) => this.#session.actAs(access),
      admitRecovery: (code, call) => this.#admitRecovery(code, call),
      usage: (call) => this.#usage(call),
    };
  }

  async put(
    name: string,
    bytes: Uint8Array,
    { signal }: StoreCallOptions = {},
  ): Promise<'stored' | 'exists'> {
    assertObjectName(name);
    const action = `write ${name}`;
    throwIfCancelled(signal, action);
    // A copy: what is sent must be in memory that nobody shares.
    const body = Uint8Array.from(bytes);
    const request = {
      method: 'PUT',
      path: `objects/${name}`,
      bytes: body,
      action,
      signal,
    } as const;
    return await this.#session.send(request, async (response) => {
      await response.body?.cancel();
      return response.status === 201 ? 'stored' : 'exists';
    });
  }

  async get(name: string, options: GetOptions = {}): Promise<Uint8Array | null> {
    assertObjectName(name);
    const { range, into, signal } = options;
    const action = `read ${name}`;
    throwIfCancelled(signal, action);
    if (range !== undefined) resolveRange(name, range, Number.MAX_SAFE_INTEGER);
    if (range?.lengthBytes === 0) return await this.#getNothing(name, options);
    const headers: Record<string, string> =
      range === undefined
        ? {}
        : { range: `bytes=${range.offset}-${range.offset + range.lengthBytes - 1}` };
    const request = { method: 'GET', path: `objects/${name}`, headers, action, signal } as const;
    return await this.#orNull(() =>
      this.#session.send(request, async (response) => {
        if (response.status === RANGE_NOT_SATISFIABLE) {
          await response.body?.cancel();
          throw new HoldfastError(
            'damaged',
            `Cannot ${action}: it is shorter than it was written`,
            {
              details: { objectName: name },
            },
          );
        }
        const lengthBytes = lengthOf(response, action);
        if (range !== undefined && (response.status !== 206 || lengthBytes !== range.lengthBytes)) {
          throw unreachable(action, 'the provider answers with another part of it');
        }
        const room = into?.subarray(0, lengthBytes) ?? new Uint8Array(lengthBytes);
        return await readInto(response, room, action, signal);
      }),
    );
  }

  async *list(prefix: string, { signal }: StoreCallOptions = {}): AsyncGenerator<ObjectInfo> {
    assertNamePrefix(prefix);
    const action = `list ${prefix === '' ? 'the store' : prefix}`;
    let last: string | null = null;
    for (;;) {
      throwIfCancelled(signal, action);
      const query = { prefix, ...(last === null ? {} : { after: last }) };
      const page: Page = await this.#listPage(action, query, signal);
      for (const info of page.objects) {
        if (!info.name.startsWith(prefix) || (last !== null && info.name <= last)) {
          throw unreachable(action, 'the provider lists what was not asked for');
        }
        last = info.name;
        throwIfCancelled(signal, action);
        yield info;
      }
      if (page.next === null) return;
      if (page.next !== last) throw unreachable(action, 'the provider lists in another order');
    }
  }

  async delete(name: string, { signal }: StoreCallOptions = {}): Promise<boolean> {
    assertObjectName(name);
    const action = `delete ${name}`;
    throwIfCancelled(signal, action);
    const request = { method: 'DELETE', path: `objects/${name}`, action, signal } as const;
    return await this.#session.send(request, async (response) => {
      const { outcome } = (await readJson(response)) as { outcome?: unknown };
      return outcome === 'deleted';
    });
  }

  async stat(name: string, { signal }: StoreCallOptions = {}): Promise<ObjectInfo | null> {
    assertObjectName(name);
    const action = `look at ${name}`;
    throwIfCancelled(signal, action);
    // Of all names that begin so, it is the first. (A HEAD could not say why there is nothing.)
    const { objects } = await this.#listPage(action, { prefix: name, limit: '1' }, signal);
    const [first] = objects;
    return first?.name === name ? first : null;
  }

  async close(): Promise<void> {
    this.#session.forget();
  }

  async #listPage(
    action: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<Page> {
    const path = `objects?${new URLSearchParams(query)}`;
    return await this.#session.send({ method: 'GET', path, action, signal }, async (response) =>
      readPage(await readJson(response), action),
    );
  }

  /** Of a range without bytes, only whether it is inside. */
  async #getNothing(name: string, { range, signal }: GetOptions): Promise<Uint8Array | null> {
    const info = await this.stat(name, { signal });
    if (info === null) return null;
    resolveRange(name, range, info.lengthBytes);
    return new Uint8Array(0);
  }

  async #orNull<Result>(read: () => Promise<Result>): Promise<Result | null> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'object-missing') return null;
      throw error;
    }
  }

  async #admitRecovery(accountCode: Secret, { signal }: StoreCallOptions = {}): Promise<void> {
    const recipient = await providerRecipient(nodeCrypto, this.url);
    const secret = await recoverySecret(nodeCrypto, accountCode, recipient);
    const subject = toHex(await recoverySubject(nodeCrypto, secret));
    secret.fill(0);
    const action = 'tell the provider of a recovery sheet';
    const path = `account/recovery/${subject}`;
    const request = { method: 'PUT', path, action, signal } as const;
    await this.#session.send(request, async (response) => response.body?.cancel());
  }

  async #usage({ signal }: StoreCallOptions = {}): Promise<StoreUsage> {
    const action = 'ask the provider for the usage';
    const request = { method: 'GET', path: 'account', action, signal } as const;
    return await this.#session.send(request, async (response) => {
      const { account, usedBytes, quotaBytes } = (await readJson(response)) as Record<
        string,
        unknown
      >;
      if (typeof account === 'string' && /^[0-9a-f]{32}$/.test(account)) {
        const used = numberIn(String(usedBytes), action);
        return { account, usedBytes: used, quotaBytes: numberIn(String(quotaBytes), action) };
      }
      throw unreachable(action, 'it does not answer as a provider');
    });
  }
}

interface Page {
  readonly objects: readonly ObjectInfo[];
  readonly next: string | null;
}

/** Names of other forms are passed over, as any store does with what is none of Holdfast's. */
function readPage(value: unknown, action: string): Page {
  const { objects, next } = (value ?? {}) as { objects?: unknown; next?: unknown };
  if (!Array.isArray(objects) || (next !== null && typeof next !== 'string')) {
    throw unreachable(action, 'it does not answer as a provider');
  }
  const read = objects.map((one: unknown) => {
    const { name, lengthBytes, writtenAtMs } = (one ?? {}) as Record<string, unknown>;
    return {
      name: String(name),
      lengthBytes: numberIn(String(lengthBytes), action),
      writtenAtMs: numberIn(String(writtenAtMs), action),
    };
  });
  return { objects: read.filter(({ name }) => isObjectName(name)), next };
}

function lengthOf({ headers }: Response, action: string): number {
  const lengthBytes = numberIn(headers.get('content-length'), action);
  if (lengthBytes <= OBJECT_MAX_BYTES) return lengthBytes;
  throw unreachable(action, 'the provider answers with more than there can be');
}

function numberIn(text: string | null, action: string): number {
  if (text !== null && /^\d{1,15}$/.test(text)) return Number(text);
  throw unreachable(action, 'it does not answer as a provider');
}

async function readInto(
  { body }: Response,
  room: Uint8Array,
  action: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  let at = 0;
  for await (const piece of body ?? []) {
    throwIfCancelled(signal, action);
    if (at + piece.length > room.length) throw unreachable(action, 'the answer is too long');
    room.set(piece, at);
    at += piece.length;
  }
  throwIfCancelled(signal, action);
  if (at === room.length) return room;
  throw unreachable(action, 'the answer was cut off');
}
