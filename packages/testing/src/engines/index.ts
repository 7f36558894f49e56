export {
  type PostgresCluster,
  type PostgresNode,
  type PostgresQuorum,
  patroniMissing,
  postgresMissing,
  startPatroni,
  startPostgresQuorum,
} from './postgres-cluster.ts';
