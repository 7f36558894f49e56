export { actAsOwner } from './act-as-owner.ts';
export type { Backup } from './backup.ts';
export { type KeyDates, readKeyDates } from './key-dates.ts';
export { keyVerifier, type OpenOptions, openBackup, readBackupId } from './open-backup.ts';
