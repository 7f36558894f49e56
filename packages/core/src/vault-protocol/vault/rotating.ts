/** How the owner of a ledger becomes another (spec/vault-protocol.md §8.4). */
import type { Rotation } from '../../rotation/index.ts';
import { ID_BYTES } from '../limits.ts';
import type { Ledger } from './ledger.ts';
import { isCommitted } from './record-states.ts';
import { type Ruling, refuse, rule } from './ruling.ts';

/**
 * At once, where no password can be guessed at or waits: else its owner decides, by removing it first. What
 * is staged goes: it was the owner's before.
 *
 * @param rotation Of this ledger's owner, to the next generation.
 */
export function rotateOwner(ledger: Ledger, rotation: Rotation): Ruling {
  if (ledger.records.some(isCommitted)) return refuse(ledger, 'conflict');
  const { generation, ownerAfter, headKeyAfter, firstHead } = rotation;
  const rotated: Ledger = {
    ...ledger,
    generation,
    ownerPublicKey: ownerAfter,
    headPublicKey: headKeyAfter,
    head: firstHead,
    displacedHead: ledger.head,
    records: ledger.records.filter(({ state }) => state !== 'staged'),
  };
  const { hash } = firstHead;
  return rule(rotated, ['rotated', hash.slice(0, ID_BYTES), hash.slice(ID_BYTES)]);
}
