/**
 * What is known of a blob that a table refers to: whether the index knows it, whether its bytes
 * are there, and whether its names are those of its content.
 */
import { type Address, addressKey, type TableNode } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { SegmentMap } from '../repository/segment-map.ts';
import { type Blame, renewRemedy } from './blame.ts';
import { Suspicion, type Suspicions } from './finding.ts';
import { fitsAddress, hasName, type NamedBlob, type RecomputedNames } from './recomputed-names.ts';

interface Facts {
  readonly suspicion: Suspicion | null;
  readonly named: NamedBlob | null;
}

export interface BlobCheckOptions {
  readonly segments: SegmentMap;
  readonly blame: Blame;
  readonly names: RecomputedNames;
  readonly suspicions: Suspicions;
}

/** Blobs of one node at a time: its entries share their addresses. */
export class BlobCheck {
  readonly #options: BlobCheckOptions;
  readonly #facts = new Map<Address, Facts>();

  constructor(options: BlobCheckOptions) {
    this.#options = options;
  }

  /** Looks at every address of a node, and forgets those of the node before. */
  begin({ addresses }: TableNode): void {
    this.#facts.clear();
    for (const address of addresses) this.#facts.set(address, this.#look(address));
  }

  /**
   * What stands against a chunk, or against one page of a group; null when nothing does.
   *
   * @param address One of the node's own.
   * @param slot Position in a group; 0 for a chunk.
   * @param name As the table has it.
   */
  against(address: Address, slot: number, name: Uint8Array): Suspicion | null {
    const facts = this.#facts.get(address) ?? this.#look(address);
    if (facts.suspicion !== null || facts.named === null) return facts.suspicion;
    if (hasName(facts.named, slot, name)) return null;
    this.#options.blame.distrust(address);
    const what = (count: number): string =>
      count === 1
        ? 'A table names a chunk or page otherwise than its content is named'
        : `Tables name ${count} chunks or pages otherwise than their content is named`;
    return this.#options.suspicions
      .get('names', () => new Suspicion('damage', what, renewRemedy))
      .count(`${addressKey(address)}/${slot}`);
  }

  #look(address: Address): Facts {
    const { blame, names } = this.#options;
    const suspicion = blame.of(address);
    if (suspicion !== null || names.isEmpty || address.kind === 'node') {
      return { suspicion, named: null };
    }
    const named = names.find(address);
    const isListed = named === null ? !this.#shouldBeKnown(address) : fitsAddress(named, address);
    return isListed ? { suspicion: null, named } : { suspicion: this.#unlisted(address), named };
  }

  /** Whether the pack in which the blob begins has told all that begins in it. */
  #shouldBeKnown({ stream, offset, storedBytes }: Address): boolean {
    const [range] = this.#options.segments.resolve(stream, offset, storedBytes);
    return range !== undefined && this.#options.names.knowsPack(toHex(range.pack.name));
  }

  #unlisted(address: Address): Suspicion {
    this.#options.blame.distrust(address);
    const what = (count: number): string =>
      `Tables refer to ${count === 1 ? 'a blob' : `${count} blobs`} that no pack holds there`;
    return this.#options.suspicions
      .get('unlisted', () => new Suspicion('damage', what, renewRemedy))
      .count(addressKey(address));
  }
}
