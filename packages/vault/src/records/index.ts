export type {
  CommitOutcome,
  LedgerChange,
  RecordStore,
  StoredLedger,
  StoredObject,
} from './record-store.ts';
export { openSqliteRecords } from './sqlite/sqlite-records.ts';
