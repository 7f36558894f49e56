/** Reads heads that a request shows, and checks whose they are (spec/vault-protocol.md §8). */
import { equalBytes } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { parseHead, verifyHead } from '../../head/index.ts';
import type { ChainedHead } from './heads.ts';
import type { Ledger } from './ledger.ts';

type Chain = Pick<Ledger, 'backupId' | 'generation' | 'headPublicKey'>;

/**
 * @param objects Each of 4,096 bytes.
 * @throws {HoldfastError} `damaged` or `format-too-new` of what is no head of this ledger, or does
 *   not follow the one before it.
 */
export async function readChain(
  crypto: CryptoPort,
  ledger: Chain,
  objects: readonly Uint8Array[],
): Promise<readonly ChainedHead[]> {
  const chain: ChainedHead[] = [];
  for (const object of objects) {
    const head = await readHead(crypto, ledger, object);
    const before = chain.at(-1);
    const follows =
      before === undefined ||
      (equalBytes(head.previousHash, before.hash) && head.number > before.number);
    if (!follows) throw damaged('it does not follow the one before it');
    chain.push(head);
  }
  return chain;
}

async function readHead(
  crypto: CryptoPort,
  { backupId, generation, headPublicKey }: Chain,
  object: Uint8Array,
): Promise<ChainedHead> {
  const head = parseHead(object);
  const isFirst = head.previousHash.every((byte) => byte === 0);
  const isOurs = equalBytes(head.backupId, backupId) && head.generation === generation;
  if (!isOurs || isFirst !== (head.number === 1)) throw damaged('it is of another chain');
  if (!(await verifyHead(crypto, headPublicKey, object))) {
    throw damaged('its signature does not fit');
  }
  const { number, previousHash } = head;
  return { number, hash: await crypto.sha256(object), previousHash };
}

function damaged(state: string): HoldfastError {
  return new HoldfastError('damaged', `Cannot take a head: ${state}`);
}
