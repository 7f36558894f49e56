/**
 * Where the groups of pages of one worker went: asked for before or after they are stored.
 */
import type { Address } from '@holdfast/core/backup-format';

/**
 * Groups that may still be asked for: results of at most 64 runs of pages wait for each other
 * (store-database.ts), and a run of 1 MiB has pages in five groups at most.
 */
const GROUPS_KEPT = 1024;

export class GroupPlaces {
  readonly #groups = new Map<number, PromiseWithResolvers<Address>>();
  #failure: unknown;

  /** Resolves once the group is stored. Groups far below the highest asked for are forgotten. */
  of(number: number): Promise<Address> {
    for (const known of this.#groups.keys()) {
      if (known >= number - GROUPS_KEPT) break;
      this.#groups.delete(known);
    }
    return this.#entry(number).promise;
  }

  set(number: number, address: Address): void {
    this.#entry(number).resolve(address);
  }

  /** No group comes any more. */
  fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#groups.values()) reject(error);
  }

  #entry(number: number): PromiseWithResolvers<Address> {
    const known = this.#groups.get(number);
    if (known !== undefined) return known;
    const entry = Promise.withResolvers<Address>();
    entry.promise.catch(() => undefined);
    if (this.#failure !== undefined) entry.reject(this.#failure);
    this.#groups.set(number, entry);
    return entry;
  }
}
