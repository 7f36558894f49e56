/**
 * Which paths of a walk may be side files of a database that it has met, and so are not stored.
 *
 * A database comes before its side files in the order of keys.
 */
import { SIDE_FILE_SUFFIXES } from '../sqlite/database-header.ts';

export class SideFileKeys {
  /** As Latin-1 text. */
  readonly #keys = new Set<string>();

  has(key: Uint8Array): boolean {
    return this.#keys.has(textOf(key));
  }

  /** @param database Key of a database that is stored page by page. */
  addOf(database: Uint8Array): void {
    const text = textOf(database);
    for (const suffix of SIDE_FILE_SUFFIXES) this.#keys.add(text + suffix);
  }

  /** Of what is stored as a plain file: SQLite may recover more from them than we could. */
  removeOf(database: Uint8Array): void {
    const text = textOf(database);
    for (const suffix of SIDE_FILE_SUFFIXES) this.#keys.delete(text + suffix);
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}
