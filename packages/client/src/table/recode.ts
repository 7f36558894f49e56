/** How the values of each table are carried over into another node. */
import {
  decodeFileEntry,
  decodePageEntry,
  decodePageKey,
  decodeSnapshotEntry,
  encodeFileEntry,
  encodePageEntry,
  encodeSnapshotEntry,
} from '@holdfast/core/backup-format';
import type { Recode } from './compact-table.ts';

export const recodeFile: Recode = ({ addresses, value }) => {
  const entry = decodeFileEntry(addresses, value);
  return (book) => encodeFileEntry(book, entry);
};

export const recodeSnapshot: Recode = ({ addresses, value }) => {
  const entry = decodeSnapshotEntry(addresses, value);
  return (book) => encodeSnapshotEntry(book, entry);
};

/** Segments refer to no address. */
export const recodeSegment: Recode =
  ({ value }) =>
  () =>
    value;

/** Pages beyond the end of a database that has shrunk are left out. */
export function recodePages(pageBytes: number, pageCount: number): Recode {
  return ({ addresses, key, value }) => {
    if (decodePageKey(key) >= pageCount) return null;
    const entry = decodePageEntry(addresses, value, pageBytes);
    return (book) => encodePageEntry(book, entry);
  };
}
