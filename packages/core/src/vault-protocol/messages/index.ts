export {
  type AskedFor,
  openAnswer,
  SERVING_CERTIFICATE_BYTES,
  type ServingKey,
  servingKeyMessage,
  signAnswer,
  type VaultAnswer,
} from './answer.ts';
export {
  CERTIFICATE_BYTES,
  type CommitCertificate,
  isProvedBy,
  parseCertificate,
  signCertificate,
} from './certificate.ts';
export { encodeGreeting, type Greeting, makeHello, openGreeting } from './greeting.ts';
export {
  decodeLogEntry,
  EMPTY_LOG,
  encodeLogEntry,
  followLog,
  hashLogEntry,
  LOG_ENTRY_BYTES,
  type LogEnd,
  type LogEntry,
  type LogEvent,
  type LogEventKind,
} from './log-entry.ts';
export {
  decodePasswordBody,
  deriveProofSeed,
  encodePasswordBody,
  openPasswordBody,
  type PasswordMethod,
  type PasswordRecordBody,
  type RecordFrame,
  type RecordVault,
} from './password-record.ts';
export { isRemovalProvedBy, type RemovalFrame, signRemoval } from './removal.ts';
export {
  decodeRequest,
  encodeRequest,
  isSignedBy,
  REQUEST_KINDS,
  REQUEST_MAX_BYTES,
  type RequestKind,
  signRequest,
  type VaultRequest,
} from './request.ts';
export {
  type CertifiedRecord,
  decodeRequestBody,
  encodeRequestBody,
  type RequestBodies,
} from './request-body.ts';
export {
  type AnswerBody,
  decodeAnswerBody,
  encodeAnswerBody,
  evaluableIn,
  type LedgerState,
  type LedgerStatus,
  type Outcome,
  RECORD_STATES,
  type RecordState,
  type RecordStatus,
} from './status.ts';
export {
  readWitnessedHead,
  type WitnessedHead,
  writeWitnessedHead,
} from './witnessed-head.ts';
