/**
 * One vault as a client sees it: requests that are signed or bring a token, and answers that are the
 * vault's own (spec/vault-protocol.md §5).
 */
import { toHex } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { NONCE_BYTES } from '../limits.ts';
import {
  type AnswerBody,
  decodeAnswerBody,
  encodeRequest,
  encodeRequestBody,
  openAnswer,
  type RemovalFrame,
  type RequestBodies,
  type RequestKind,
  signRemoval,
  signRequest,
  type VaultRequest,
} from '../messages/index.ts';
import type { TokenScope, VaultLink } from './vault-link.ts';

export interface ClientContext {
  readonly crypto: CryptoPort;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  readonly backupId: Uint8Array;
  /** Owner keys that rotations put in the place of the first one; none when missing. */
  readonly laterOwners?: readonly Uint8Array[];
}

export interface AskOptions {
  /** Ed25519 seed of the key that signs, 32 bytes. */
  readonly seed?: Uint8Array;
  readonly scope?: TokenScope;
}

export class VaultClient {
  readonly link: VaultLink;
  readonly #context: ClientContext;

  constructor(link: VaultLink, context: ClientContext) {
    this.link = link;
    this.#context = context;
  }

  /**
   * @throws {HoldfastError} `vault-untrusted` when what came is not the vault's answer; what the link
   *   throws.
   */
  async ask<Kind extends RequestKind>(
    kind: Kind,
    body: RequestBodies[Kind],
    { seed, scope }: AskOptions = {},
  ): Promise<AnswerBody> {
    const bytes =
      seed === undefined
        ? encodeRequest(this.#request(kind, body))
        : await this.sign(kind, body, seed);
    return await this.deliver(kind, bytes, scope);
  }

  /** A request that may be delivered at any time. @param seed Ed25519 seed of the key that signs, 32 bytes. */
  async sign<Kind extends RequestKind>(
    kind: Kind,
    body: RequestBodies[Kind],
    seed: Uint8Array,
  ): Promise<Uint8Array> {
    return await signRequest(this.#context.crypto, this.#request(kind, body), seed);
  }

  /** Sends what is signed already, or needs no signature. @throws {HoldfastError} as `ask`. */
  async deliver(kind: RequestKind, bytes: Uint8Array, scope?: TokenScope): Promise<AnswerBody> {
    const { crypto, now } = this.#context;
    const requestHash = await crypto.sha256(bytes);
    const answer = await this.link.send(kind, bytes, scope ?? null);
    const asked = { requestHash, nowMs: now() };
    const { body } = await openAnswer(crypto, this.link.identity, asked, answer);
    try {
      return decodeAnswerBody(body);
    } catch (cause) {
      const message = 'Cannot trust an answer: the vault signed what makes no sense';
      throw new HoldfastError('vault-untrusted', message, { cause });
    }
  }

  /** @param proofSeed Of the record's own proof key, or null. */
  async remove(
    removed: Omit<RequestBodies['remove'], 'proof'>,
    ownerSeed: Uint8Array,
    proofSeed: Uint8Array | null,
  ): Promise<AnswerBody> {
    const { crypto } = this.#context;
    const bytes = await signRemoval(crypto, this.#frame(), removed, ownerSeed, proofSeed);
    return await this.deliver('remove', bytes);
  }

  #frame(): RemovalFrame {
    const { crypto, backupId } = this.#context;
    return { vault: this.link.identity, backupId, nonce: crypto.randomBytes(NONCE_BYTES) };
  }

  #request<Kind extends RequestKind>(kind: Kind, body: RequestBodies[Kind]): VaultRequest {
    return { ...this.#frame(), kind, body: encodeRequestBody(kind, body) };
  }
}

/** One for each vault: the same one at two addresses is one. */
export function clientsOf(links: readonly VaultLink[], context: ClientContext): VaultClient[] {
  const byIdentity = new Map(links.map((link) => [toHex(link.identity), link]));
  return [...byIdentity.values()].map((link) => new VaultClient(link, context));
}

/** The element at the end of an answer to `stage` or `guess`. @param prefixBytes Before it. */
export function restOf({ rest }: AnswerBody, lengthBytes: number): Uint8Array {
  if (rest.length !== lengthBytes) {
    const message = 'Cannot trust an answer: the vault signed what makes no sense';
    throw new HoldfastError('vault-untrusted', message);
  }
  return rest;
}
