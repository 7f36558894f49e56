/** How the owner of a ledger becomes another (spec/vault-protocol.md §8.4). */
import { equalBytes } from '../../bytes/index.ts';
import type { Rotation } from '../../rotation/index.ts';
import { headEvent } from './heads.ts';
import type { Ledger, VaultRecord } from './ledger.ts';
import { goLive, isCommitted } from './record-states.ts';
import { type Ruling, refuse, rule } from './ruling.ts';

/** A rotation of a ledger's owner to the next generation, whose first head is the one it names. */
export interface ShownRotation
  extends Pick<Rotation, 'generation' | 'ownerAfter' | 'headKeyAfter' | 'firstHead'> {
  /** Hash of the head that the first one follows. */
  readonly previousHash: Uint8Array;
  /** Hash of the ledger's newest head, if its owner puts that aside. */
  readonly displacedHash: Uint8Array | null;
  /** The live record, if the certificate names it and its proof key signed. */
  readonly carried: VaultRecord | null;
}

/**
 * At once, where no password can be guessed at or waits, or the live one is carried over: it stays as it is,
 * and what else was on its way is gone. What is staged goes in any case: it was the owner's before.
 */
export function rotateOwner(ledger: Ledger, rotation: ShownRotation): Ruling {
  const { head: newest } = ledger;
  const { generation, ownerAfter, headKeyAfter, firstHead, carried } = rotation;
  const isNewest = (hash: Uint8Array | null): boolean =>
    newest !== null && hash !== null && equalBytes(hash, newest.hash);
  const follows = newest === null || isNewest(rotation.previousHash);
  if (!follows && !isNewest(rotation.displacedHash)) return refuse(ledger, 'conflict');
  if (carried === null && ledger.records.some(isCommitted)) return refuse(ledger, 'conflict');
  const { records } = carried === null ? ledger : goLive(ledger, carried);
  const rotated: Ledger = {
    ...ledger,
    generation,
    ownerPublicKey: ownerAfter,
    headPublicKey: headKeyAfter,
    head: { number: firstHead.number, hash: firstHead.hash },
    displacedHead: follows ? ledger.displacedHead : newest,
    records: records.filter(({ state }) => state !== 'staged'),
  };
  const aside = follows ? [] : [headEvent('rebased', newest.hash)];
  return rule(rotated, ...aside, headEvent('rotated', firstHead.hash));
}
