export {
  encodeKeyRecordBody,
  fitsKeyRecord,
  parseRecoveryRecord,
  RECOVERY_RECORD_BYTES,
  type RecoveryMethod,
  type RecoveryRecord,
  signRecoveryRecord,
} from './recovery-record.ts';
