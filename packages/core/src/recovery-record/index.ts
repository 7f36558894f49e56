export {
  encodeKeyRecordBody,
  fitsKeyRecord,
  parseRecoveryRecord,
  RECORD_VERSION_MAX,
  RECOVERY_RECORD_BYTES,
  type RecoveryMethod,
  type RecoveryRecord,
  signRecoveryRecord,
} from './recovery-record.ts';
