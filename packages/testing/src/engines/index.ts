export {
  type PostgresNode,
  type PostgresQuorum,
  postgresMissing,
  startPostgresQuorum,
} from './postgres-quorum.ts';
