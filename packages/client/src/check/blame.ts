/**
 * Which finding stands against a blob: of a pack that is missing or damaged where the blob lies,
 * or of the blob itself.
 */
import {
  type Address,
  addressKey,
  frameOfContent,
  type PackRef,
} from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { HoldfastError } from '@holdfast/core/errors';
import type { SegmentMap } from '../repository/segment-map.ts';
import { Suspicion, type Suspicions } from './finding.ts';

/** What to do about lost content. */
export const RENEW =
  'Put the object back if another copy of the store has it. Otherwise restore what you still need from the snapshots named, forget them, run prune, and back up again from a device that has these files';
/** Damage even so: until prune drops it, the next backup may rely on it. */
const UNNEEDED =
  'No snapshot needs it. Run prune before the next backup, and find out why the store lost it';

interface LostPack {
  readonly suspicion: Suspicion;
  /** null when all of it is lost. */
  readonly frames: Set<number> | null;
}

export class Blame {
  readonly #suspicions: Suspicions;
  readonly #segments: SegmentMap;
  readonly #packs = new Map<string, LostPack>();
  readonly #blobs = new Map<string, Suspicion>();

  constructor(suspicions: Suspicions, segments: SegmentMap) {
    this.#suspicions = suspicions;
    this.#segments = segments;
  }

  /** @param state Such as `is missing`. */
  losePack(pack: PackRef, state: string): Suspicion {
    const suspicion = this.#ofPack(toHex(pack.name), state);
    this.#packs.set(toHex(pack.name), { suspicion, frames: null });
    return suspicion;
  }

  loseFrames(pack: PackRef, frames: Iterable<number>): void {
    const hex = toHex(pack.name);
    const suspicion = this.#ofPack(hex, 'is damaged');
    const known = this.#packs.get(hex) ?? { suspicion, frames: new Set() };
    this.#packs.set(hex, known);
    for (const frame of frames) known.frames?.add(frame);
  }

  loseBlob(address: Address, suspicion: Suspicion): void {
    this.#blobs.set(addressKey(address), suspicion);
  }

  /** What stands against the bytes at an address; null when nothing does. */
  of(address: Address): Suspicion | null {
    const { stream, offset, storedBytes } = address;
    if (!this.#segments.covers(stream, offset, storedBytes)) return this.#unindexed(address);
    if (this.#blobs.size > 0) {
      const own = this.#blobs.get(addressKey(address));
      if (own !== undefined) return own;
    }
    return this.#packs.size > 0 ? this.#ofPlace(address) : null;
  }

  /** What to report when a blob could not be read. */
  ofError(address: Address, error: HoldfastError): Suspicion {
    const known = this.of(address);
    if (known !== null) return known;
    const pack = /([0-9a-f]{64})$/.exec(error.details.objectName ?? '')?.[1];
    const state = error.code === 'object-missing' ? 'is missing' : 'is damaged';
    const suspicion = pack === undefined ? this.#senseless(address) : this.#ofPack(pack, state);
    this.loseBlob(address, suspicion);
    return suspicion;
  }

  #ofPlace(address: Address): Suspicion | null {
    for (const { pack, contentOffset, lengthBytes } of this.#place(address)) {
      const lost = this.#packs.get(toHex(pack.name));
      if (lost === undefined) continue;
      if (lost.frames === null) return lost.suspicion;
      const last = frameOfContent(contentOffset + lengthBytes - 1);
      for (let frame = frameOfContent(contentOffset); frame <= last; frame++) {
        if (lost.frames.has(frame)) return lost.suspicion;
      }
    }
    return null;
  }

  #place({ stream, offset, storedBytes }: Address) {
    if (!this.#segments.covers(stream, offset, storedBytes)) return [];
    return this.#segments.resolve(stream, offset, storedBytes);
  }

  #ofPack(hex: string, state: string): Suspicion {
    const what = `Pack ${shortName(hex)} ${state}`;
    return this.#suspicions.get(
      `pack ${hex}`,
      () => new Suspicion('damage', what, RENEW, UNNEEDED),
    );
  }

  /** Opened and yet not to be understood: written wrongly. */
  #senseless(address: Address): Suspicion {
    return this.#suspicions
      .get('senseless', () => {
        const what = (count: number): string =>
          `${count === 1 ? 'A blob' : `${count} blobs`} can be opened but not understood`;
        return new Suspicion('damage', what, RENEW);
      })
      .count(addressKey(address));
  }

  #unindexed(address: Address): Suspicion {
    return this.#suspicions
      .get('unindexed', () => {
        const what = (count: number): string =>
          `The index does not know where ${count === 1 ? 'a blob' : `${count} blobs`} can be found`;
        return new Suspicion('damage', what, RENEW);
      })
      .count(addressKey(address));
  }
}

/** The first 12 digits of a pack's name: enough to find the object. */
export function shortName(hex: string): string {
  return `${hex.slice(0, 12)}…`;
}
