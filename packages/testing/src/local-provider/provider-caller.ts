/** A program of a backup's owner that speaks to a provider call by call, and can break every rule. */
import { randomBytes } from 'node:crypto';
import { fromHex, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import {
  type KeyStatement,
  providerRecipient,
  signKeyStatement,
  signSignIn,
} from '@holdfast/core/provider-api';
import { Secret } from '@holdfast/core/secret';

export interface CallerKeys {
  readonly owner: Secret;
  readonly auth: Secret;
  readonly head: Secret;
}

export function drawKeys(): CallerKeys {
  const draw = () => new Secret(new Uint8Array(randomBytes(32)));
  return { owner: draw(), auth: draw(), head: draw() };
}

export class ProviderCaller {
  readonly origin: string;
  readonly keys: CallerKeys;
  /** For whom it signs; the provider, unless told otherwise. */
  readonly signsFor: string;
  token = '';

  constructor(origin: string, keys: CallerKeys = drawKeys(), signsFor = origin) {
    this.origin = origin;
    this.keys = keys;
    this.signsFor = signsFor;
  }

  /** Signs up, and keeps the token. */
  static async signedUp(origin: string, keys?: CallerKeys): Promise<ProviderCaller> {
    const caller = new ProviderCaller(origin, keys);
    await caller.enter({ create: true });
    return caller;
  }

  /** A request with the token that it has. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== '') headers.set('authorization', `Bearer ${this.token}`);
    return await fetch(`${this.origin}/v1/${path}`, { ...init, headers });
  }

  async post(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return await fetch(`${this.origin}/v1/${path}`, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
    });
  }

  async put(name: string, bytes: Uint8Array): Promise<Response> {
    return await this.ask(`objects/${name}`, { method: 'PUT', body: Uint8Array.from(bytes) });
  }

  async get(name: string, headers: Record<string, string> = {}): Promise<Response> {
    return await this.ask(`objects/${name}`, { headers });
  }

  async challenge(): Promise<string> {
    const answer = await fetch(`${this.origin}/v1/challenge`, { method: 'POST' });
    return ((await answer.json()) as { challenge: string }).challenge;
  }

  /** What is sent to sign in. */
  async signIn(challenge?: string): Promise<Record<string, string>> {
    const drawn = challenge ?? (await this.challenge());
    const key = await nodeCrypto.ed25519PublicKey(this.keys.auth.bytes());
    const recipient = await providerRecipient(nodeCrypto, this.signsFor);
    const signIn = { recipient, key, challenge: fromHex(drawn) };
    const signature = await signSignIn(nodeCrypto, this.keys.auth, signIn);
    return { key: toHex(key), challenge: drawn, signature: toHex(signature) };
  }

  /** Gets a token, and keeps it if there is one. */
  async login(): Promise<Response> {
    return await this.#keeping(await this.post('token', await this.signIn()));
  }

  async enter(options: { create: boolean; invite?: string }): Promise<Response> {
    const { owner, head } = this.keys;
    const signIn = await this.signIn();
    const ownerKey = await nodeCrypto.ed25519PublicKey(owner.bytes());
    const headKey = await nodeCrypto.ed25519PublicKey(head.bytes());
    const recipient = await providerRecipient(nodeCrypto, this.signsFor);
    const statement: KeyStatement = {
      ...{ recipient, ownerKey, headKey, key: fromHex(signIn.key ?? '') },
    };
    const ownerSignature = toHex(await signKeyStatement(nodeCrypto, owner, statement));
    const keys = { ownerKey: toHex(ownerKey), headKey: toHex(headKey), ownerSignature };
    return await this.#keeping(await this.post('account', { ...signIn, ...keys, ...options }));
  }

  async #keeping(answer: Response): Promise<Response> {
    if (answer.ok) this.token = ((await answer.clone().json()) as { token: string }).token;
    return answer;
  }
}
