export { type Difference, diffSnapshots, type Entry, listEntries } from './list-entries.ts';
export { findSnapshot, listSnapshots, type Snapshot } from './list-snapshots.ts';
export { findLostFiles } from './lost-files.ts';
export { newestOfEach } from './series.ts';
