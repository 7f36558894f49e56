/** Lays out the list of snapshots: a table where it fits, with long sources broken, else lines of text. */
import type { Snapshot } from '@holdfast/client';
import { safeName, safeText } from '@holdfast/client/safe-text';
import { countOf, formatBytes, formatCount, formatDate } from '../terminal/quantities.ts';
import { displayWidth, formatTable, wrapPath } from '../terminal/table.ts';

type ListedSnapshot = Pick<
  Snapshot,
  'number' | 'atMs' | 'fileCount' | 'totalBytes' | 'bytesAdded' | 'deviceName' | 'sources'
>;

const FACTS = ['#', 'Date', 'Files', 'Size', 'Added', 'Device'];
const RIGHT = [0, 2, 3, 4];
/** Narrower, a column of paths is not read any more. */
const LEAST_SOURCE_COLUMNS = 12;

/**
 * @param home Folder of the person, for which `~` stands.
 * @param columns Longest line; infinite where there is no terminal.
 * @returns lines of which the first is the heading; null when the table is too wide.
 */
export function formatSnapshotTable(
  snapshots: readonly ListedSnapshot[],
  home: string,
  columns: number,
): string[] | null {
  const facts = snapshots.map((snapshot) => [
    String(snapshot.number),
    formatDate(snapshot.atMs),
    formatCount(snapshot.fileCount),
    formatBytes(snapshot.totalBytes),
    formatBytes(snapshot.bytesAdded),
    safeText(snapshot.deviceName),
  ]);
  const factColumns = Math.max(...formatTable([FACTS, ...facts], RIGHT).map(displayWidth));
  const room = columns - factColumns - 2;
  if (room < LEAST_SOURCE_COLUMNS) return null;
  const rows = facts.flatMap((cells, index) => {
    const [first = '', ...more] = sourceLines(snapshots[index] as ListedSnapshot, home, room);
    return [[...cells, first], ...more.map((line) => [...FACTS.map(() => ''), line])];
  });
  return formatTable([[...FACTS, 'Sources'], ...rows], RIGHT);
}

/** For terminals too narrow for the table: what it says, to be wrapped. */
export function formatSnapshotText(snapshot: ListedSnapshot, home: string): string {
  const { number, atMs, fileCount, totalBytes, bytesAdded, deviceName } = snapshot;
  const sizes = `${countOf(fileCount, 'file')}, ${formatBytes(totalBytes)}, ${formatBytes(bytesAdded)} added`;
  const sources = shortSources(snapshot, home).join(', ');
  return `${number}  ${formatDate(atMs)}  ${sources}, ${sizes}, by ${safeText(deviceName)}`;
}

/** In one line where they fit, else each on its own. */
function sourceLines(snapshot: ListedSnapshot, home: string, columns: number): string[] {
  const sources = shortSources(snapshot, home);
  const line = sources.join(', ');
  return displayWidth(line) <= columns
    ? [line]
    : sources.flatMap((source) => wrapPath(source, columns));
}

/** With `~` in place of the person's own folder. */
function shortSources({ sources }: ListedSnapshot, home: string): string[] {
  return sources
    .map(safeName)
    .map((path) => (path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path));
}
