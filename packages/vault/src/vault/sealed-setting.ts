/** A small value of the vault itself in its database, sealed by the HSM for its own place. */
import { HoldfastError } from '@holdfast/core/errors';
import { label } from '@holdfast/core/wire';
import type { Hsm } from '../hsm/index.ts';
import type { RecordReader, RecordStore } from '../records/index.ts';

/** A value as it was read; null: there was none. */
export interface ReadSetting {
  readonly value: Uint8Array | null;
  /** As it lies in the database, to be exchanged. */
  readonly sealed: Uint8Array | null;
}

/** Where a setting is read, such as in a copy. */
export interface ReadPlace {
  readonly hsm: Hsm;
  readonly records: RecordReader;
}

/**
 * @param name As the record store takes it.
 * @throws {HoldfastError} `internal` when it is not what this HSM sealed there.
 */
export async function readSealedSetting(
  { hsm, records }: ReadPlace,
  name: string,
): Promise<ReadSetting> {
  const sealed = await records.readSetting(name);
  if (sealed === null) return { value: null, sealed };
  const value = await hsm.open(contextOf(name), sealed);
  if (value !== null) return { value, sealed };
  const state = `its setting "${name}" was changed, or is of another HSM`;
  throw new HoldfastError('internal', `Cannot use the vault's database: ${state}`);
}

export class SealedSetting {
  readonly #place: ReadPlace & { readonly records: RecordStore };
  readonly #name: string;

  /** @param name As the record store takes it. */
  constructor(place: ReadPlace & { readonly records: RecordStore }, name: string) {
    this.#place = place;
    this.#name = name;
  }

  /** As `readSealedSetting()`. */
  async read(): Promise<ReadSetting> {
    return await readSealedSetting(this.#place, this.#name);
  }

  /** @returns As it is then, or null when somebody was faster. */
  async write(before: ReadSetting, value: Uint8Array): Promise<ReadSetting | null> {
    const { hsm, records } = this.#place;
    const sealed = await hsm.seal(contextOf(this.#name), value);
    const outcome = await records.writeSetting(this.#name, before.sealed, sealed);
    return outcome === 'written' ? { value, sealed } : null;
  }
}

function contextOf(name: string): Uint8Array {
  return label(`vault-${name}`);
}
