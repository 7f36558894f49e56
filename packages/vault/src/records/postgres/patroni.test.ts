import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type PostgresCluster,
  type PostgresNode,
  patroniMissing,
  startPatroni,
} from '@holdfast/testing/engines';
import { assertHolds } from '@holdfast/testing/record-store-contract';
import { eventually } from '../fixture/eventually.ts';
import { startWriters } from '../fixture/many-writers.ts';
import { openPostgresRecords } from './postgres-records.ts';

const ROUNDS = process.env.SLOW === '1' ? 20 : 2;
const NODES: readonly PostgresNode[] = ['n1', 'n2', 'n3'];

describe('PostgreSQL under Patroni', { skip: patroniMissing() }, () => {
  let cluster: PostgresCluster;

  before(async () => {
    cluster = await startPatroni();
  });
  after(() => cluster?.stop());

  /** The node that says it is the primary, and has two standbys; null when there is none. */
  async function wholePrimary(): Promise<PostgresNode | null> {
    for (const node of NODES) {
      const statement = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
      const standbys = await cluster.sql(node, statement).catch(() => 'no answer');
      if (standbys === '2') return node;
    }
    return null;
  }

  test(`loses nothing that was acknowledged in ${ROUNDS} fail-overs, and goes on by itself`, async () => {
    let primary = (await wholePrimary()) ?? assert.fail('there is no primary');
    await cluster.sql(primary, 'CREATE DATABASE vault');
    const records = await openPostgresRecords({ urls: cluster.urlsOf('vault'), timeoutMs: 2000 });
    const writers = startWriters(records);
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const before = writers.count;
        await eventually('commits', () => writers.count > before + 200);
        await cluster.fault('kill', primary);
        const killed = writers.count;
        await eventually('commits on the new primary', () => writers.count > killed + 200);
        await cluster.fault('start', primary);
        await eventually('all nodes', async () => {
          const next = await wholePrimary();
          primary = next ?? primary;
          return next !== null;
        });
      }
    } finally {
      await writers.end();
    }
    await assertHolds(records, writers.acknowledged);
    await records.close();
  });
});
