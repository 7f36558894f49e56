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
import { fromHex, toHex } from '@holdfast/core/bytes';
import type { HoldfastError } from '@holdfast/core/errors';
import { packName } from '../repository/object-names.ts';
import type { SegmentMap } from '../repository/segment-map.ts';
import { numbersText, type Outdated, Suspicion, type Suspicions } from './finding.ts';

/** What to do about lost content. */
export function renewRemedy(outdated: Outdated | null): string {
  const put = 'Put the object back if another copy of the store has it';
  if (outdated === null) {
    return `${put}. Otherwise back up again: what this device still has of it is stored anew. On another device that has these files, run the same check first, then back up. Earlier snapshots stay damaged: restore what you still need of them, then forget them`;
  }
  const affected = outdated.affected.toSorted((a, b) => a - b);
  const need = outdated.sound.length === 1 ? 'does' : 'do';
  return `Only ${numbersText('snapshot', affected)} ${affected.length === 1 ? 'is' : 'are'} damaged here: ${numbersText('snapshot', outdated.sound)}, of the same folders, ${need} not need it. ${put}. Otherwise restore what you still need, then "holdfast forget ${affected.join(' ')}" and "holdfast prune"`;
}

const UNNEEDED_DAMAGED =
  'No snapshot needs it, and no backup of this device will use it. Before another device backs up, run the same check there, or "holdfast prune". Find out why the store damaged it';
const UNNEEDED_MISSING = 'No snapshot needs it. Find out why the store lost it';
/** A pack that is not there may come back, and is looked for by every backup. */
const MISSING = 'is missing';

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
  /** Packs that no backup should rely on: their names in hex digits. */
  readonly damaged = new Set<string>();

  constructor(suspicions: Suspicions, segments: SegmentMap) {
    this.#suspicions = suspicions;
    this.#segments = segments;
  }

  /** @param state Such as `is missing`. */
  losePack(pack: PackRef, state: string): Suspicion {
    const hex = toHex(pack.name);
    const suspicion = this.#ofPack(hex, state);
    this.#packs.set(hex, { suspicion, frames: null });
    if (state !== MISSING) this.damaged.add(hex);
    return suspicion;
  }

  loseFrames(pack: PackRef, frames: Iterable<number>): void {
    const hex = toHex(pack.name);
    const suspicion = this.#ofPack(hex, 'is damaged');
    const known = this.#packs.get(hex) ?? { suspicion, frames: new Set() };
    this.#packs.set(hex, known);
    this.damaged.add(hex);
    for (const frame of frames) known.frames?.add(frame);
  }

  loseBlob(address: Address, suspicion: Suspicion): void {
    this.#blobs.set(addressKey(address), suspicion);
    this.distrust(address);
  }

  /** Has what holds a blob be stored anew: it is not what a table says. */
  distrust(address: Address): void {
    for (const { pack } of this.#place(address)) this.damaged.add(toHex(pack.name));
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
    const isMissing = error.code === 'object-missing';
    const state = isMissing ? MISSING : 'is damaged';
    const suspicion = pack === undefined ? this.#senseless(address) : this.#ofPack(pack, state);
    this.#blobs.set(addressKey(address), suspicion);
    if (!isMissing) this.distrust(address);
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
    const what = `${packName(fromHex(hex))} ${state}`;
    const unneeded = state === MISSING ? UNNEEDED_MISSING : UNNEEDED_DAMAGED;
    return this.#suspicions.get(
      `pack ${hex}`,
      () => new Suspicion('damage', what, renewRemedy, unneeded),
    );
  }

  /** Opened and yet not to be understood: written wrongly. */
  #senseless(address: Address): Suspicion {
    return this.#suspicions
      .get('senseless', () => {
        const what = (count: number): string =>
          `${count === 1 ? 'A blob' : `${count} blobs`} can be opened but not understood`;
        return new Suspicion('damage', what, renewRemedy);
      })
      .count(addressKey(address));
  }

  #unindexed(address: Address): Suspicion {
    return this.#suspicions
      .get('unindexed', () => {
        const what = (count: number): string =>
          `The index does not know where ${count === 1 ? 'a blob' : `${count} blobs`} can be found`;
        return new Suspicion('damage', what, renewRemedy);
      })
      .count(addressKey(address));
  }
}
