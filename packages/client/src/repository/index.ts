export type { Backup } from './backup.ts';
export { keyVerifier, type OpenOptions, openBackup, readBackupId } from './open-backup.ts';
