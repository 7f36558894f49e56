export { openPostgresRecords, type PostgresOptions } from './postgres-records.ts';
