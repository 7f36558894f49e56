export { type BackupSummary, backUp } from './backup/back-up.ts';
export type { BackUpOptions } from './backup/backup-run.ts';
export { assertSources } from './backup/sources.ts';
export { type CheckOptions, type CheckSummary, check } from './check/check.ts';
export type { Finding } from './check/finding.ts';
export type { Event, NoteCode, NoteEvent, OnEvent, ProgressEvent } from './events.ts';
export { type ForgetPolicy, type ForgetResult, forget } from './forget/forget.ts';
export type { PruneSummary } from './prune/foresee.ts';
export { type PruneOptions, prune } from './prune/prune.ts';
export { acceptOlderState } from './repository/accept-older-state.ts';
export type { Backup } from './repository/backup.ts';
export type { Device } from './repository/device-state.ts';
export type { HeadProblem } from './repository/head-problems.ts';
export { type InitOptions, initBackup } from './repository/init-backup.ts';
export {
  keyVerifier,
  type OpenOptions,
  openBackup,
  readBackupId,
  type VerifyKey,
} from './repository/open-backup.ts';
export { readRecordedBackupId } from './repository/recorded-backup-id.ts';
export type { RestoreFailure } from './restore/failures.ts';
export { findHolder, findInOtherCase } from './restore/find-path.ts';
export type { RestoreOptions, RestoreSummary } from './restore/options.ts';
export { restore } from './restore/restore.ts';
export { rotateEpoch } from './rotate/rotate-epoch.ts';
export {
  type CarriedPassword,
  finishRotation,
  giveUpRotation,
  type RotateRootOptions,
  rotateRoot,
} from './rotate/rotate-root.ts';
export {
  type Difference,
  diffSnapshots,
  type Entry,
  type ListEntriesOptions,
  listEntries,
} from './snapshots/list-entries.ts';
export { findSnapshot, listSnapshots, type Snapshot } from './snapshots/list-snapshots.ts';
export type { LostFiles } from './snapshots/lost-files.ts';
export { otherSources } from './snapshots/other-sources.ts';
export { newestWithFiles } from './snapshots/series.ts';
export { greetProvider, lookAtPlace, openStore, type Store } from './stores/index.ts';
