export type {
  CommitOutcome,
  LedgerChange,
  RecordReader,
  RecordStore,
  StoredLedger,
  StoredObject,
} from './record-store.ts';
export { openSqliteCopy } from './sqlite/sqlite-copy.ts';
export { openSqliteRecords } from './sqlite/sqlite-records.ts';
