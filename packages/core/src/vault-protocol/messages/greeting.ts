/** Who a vault says it is: the answer to `hello` (spec/vault-protocol.md §5). */
import { ByteReader, ByteWriter } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { ED25519_KEY_BYTES, HASH_BYTES } from '../../wire/index.ts';
import { NONCE_BYTES } from '../limits.ts';
import { type AskedFor, openAnswer, parseAnswer } from './answer.ts';
import { encodeRequest } from './request.ts';
import { decodeAnswerBody } from './status.ts';

export interface Greeting {
  /** Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
  readonly guessLimit: number;
  readonly lifetimeLimit: number;
  /** Before a change without the old password takes effect. */
  readonly delayHours: number;
  /** Name of who issues its tokens. */
  readonly issuer: string;
}

const ISSUER_MAX_BYTES = 1024;

/** What goes behind the status. */
export function encodeGreeting(greeting: Greeting): Uint8Array {
  const { identity, guessLimit, lifetimeLimit, delayHours, issuer } = greeting;
  const writer = new ByteWriter().raw(identity).u8(guessLimit).u32(lifetimeLimit);
  return writer.u32(delayHours).text(issuer).finish();
}

/** A `hello`, to whichever vault it reaches. */
export function makeHello(crypto: CryptoPort): Uint8Array {
  const vault = new Uint8Array(ED25519_KEY_BYTES);
  const backupId = new Uint8Array(HASH_BYTES);
  const nonce = crypto.randomBytes(NONCE_BYTES);
  return encodeRequest({ kind: 'hello', vault, backupId, nonce, body: new Uint8Array(0) });
}

/**
 * An answer to `hello`, signed by whom it names. Whether that is whom the person means is for them to
 * say.
 *
 * @throws {HoldfastError} `vault-untrusted`.
 */
export async function openGreeting(
  crypto: CryptoPort,
  asked: AskedFor,
  bytes: Uint8Array,
): Promise<Greeting> {
  const claimed = readGreeting(bytes);
  const { kind } = await openAnswer(crypto, claimed.identity, asked, bytes);
  if (kind !== 'hello') throw untrusted();
  return claimed;
}

function readGreeting(bytes: Uint8Array): Greeting {
  const answer = parseAnswer(bytes);
  if (answer === null) throw untrusted();
  try {
    const { rest } = decodeAnswerBody(answer.body);
    const reader = new ByteReader(rest, 'greeting');
    const greeting = {
      identity: reader.raw(ED25519_KEY_BYTES).slice(),
      guessLimit: reader.u8(),
      lifetimeLimit: reader.u32(),
      delayHours: reader.u32(),
      issuer: reader.text(ISSUER_MAX_BYTES),
    };
    reader.end();
    return greeting;
  } catch (cause) {
    throw untrusted(cause);
  }
}

function untrusted(cause?: unknown): HoldfastError {
  const message = 'Cannot trust an answer: it is not what a vault says of itself';
  return new HoldfastError('vault-untrusted', message, cause === undefined ? {} : { cause });
}
