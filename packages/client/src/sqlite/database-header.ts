/**
 * What the first bytes of a file tell about an SQLite database
 * (https://www.sqlite.org/fileformat2.html §1.3).
 */

const MAGIC = new TextEncoder().encode('SQLite format 3\0');

/** Length of the header that every database begins with. */
export const DATABASE_HEADER_BYTES = 100;

/** Length of a page; null when the bytes do not begin a database. */
export function databasePageBytes(header: Uint8Array): number | null {
  if (header.length < DATABASE_HEADER_BYTES) return null;
  if (!MAGIC.every((byte, i) => header[i] === byte)) return null;
  const value = ((header[16] as number) << 8) | (header[17] as number);
  const pageBytes = value === 1 ? 65536 : value;
  const isPowerOfTwo = (pageBytes & (pageBytes - 1)) === 0;
  return pageBytes >= 512 && isPowerOfTwo ? pageBytes : null;
}

/** Files that SQLite keeps beside a database, by what their name adds to the database's. */
export const SIDE_FILE_SUFFIXES = ['-journal', '-shm', '-wal'] as const;
