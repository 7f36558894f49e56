import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HoldfastError } from '@holdfast/core/errors';
import {
  type PostgresQuorum,
  postgresMissing,
  startPostgresQuorum,
} from '@holdfast/testing/engines';
import { assertHolds } from '@holdfast/testing/record-store-contract';
import { eventually } from '../fixture/eventually.ts';
import { startWriters } from '../fixture/many-writers.ts';
import { sampleChange } from '../fixture/sample-change.ts';
import { openPostgresRecords } from './postgres-records.ts';

const UNKNOWN = { name: 'HoldfastError', code: 'outcome-unknown' };
const UNREACHABLE = { name: 'HoldfastError', code: 'store-unreachable' };
const WAITS_FOR_STANDBYS = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

describe('a quorum of PostgreSQL servers', { skip: postgresMissing() }, () => {
  let quorum: PostgresQuorum;

  before(async () => {
    quorum = await startPostgresQuorum();
    await quorum.sql('n1', 'CREATE DATABASE vault');
  });
  after(() => quorum?.stop());

  const open = () =>
    openPostgresRecords({ urls: quorum.urlsOf('vault'), timeoutMs: 1000, connections: 8 });

  async function standbysAreBack(): Promise<void> {
    const streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
    await eventually('standbys', async () => (await quorum.sql('n1', streaming)) === '2');
  }

  test('commits with one standby, and without any tells that the outcome is unknown', async () => {
    const records = await open();
    const first = sampleChange();
    await quorum.fault('kill', 'n3');
    assert.equal(await records.commit(first), 'committed');
    await quorum.fault('kill', 'n2');
    const second = sampleChange({ ledgerId: first.ledgerId, expectedRevision: 1 });
    await assert.rejects(records.commit(second), UNKNOWN);
    assert.equal((await records.read(first.ledgerId))?.revision, 1);
    // However often it is tried again, the sessions that wait for standbys stay few.
    await assert.rejects(records.check(), UNREACHABLE);
    for (let i = 0; i < 3; i++) {
      const more = Array.from({ length: 20 }, () => records.commit(sampleChange()));
      for (const one of more)
        await assert.rejects(one, (error: Error) => error instanceof HoldfastError);
    }
    const waiting = await quorum.sql('n1', `SELECT count(*) ${WAITS_FOR_STANDBYS}`);
    assert.equal(waiting, '2');
    await assert.rejects(records.readSettled(first.ledgerId), UNREACHABLE);
    await quorum.fault('start', 'n2', 'n3');
    await standbysAreBack();
    // The one whose outcome was unknown went through as soon as a standby was back.
    assert.equal(await records.commit(second), 'conflict');
    assert.deepEqual(await records.readSettled(first.ledgerId), {
      revision: 2,
      sealed: new Uint8Array(second.sealed),
      dueAtMs: second.dueAtMs,
    });
    await records.close();
  });

  for (const end of ['cancel', 'terminate'] as const) {
    test(`takes no commit for durable whose wait for standbys an operator ${end}s`, async () => {
      const records = await open();
      const first = sampleChange();
      await records.commit(first);
      await quorum.fault('kill', 'n2', 'n3');
      const second = sampleChange({ ledgerId: first.ledgerId, expectedRevision: 1 });
      const underWay = assert.rejects(records.commit(second), UNKNOWN);
      const ended = `SELECT count(pg_${end}_backend(pid)) ${WAITS_FOR_STANDBYS}`;
      await eventually('a wait', async () => (await quorum.sql('n1', ended)) !== '0');
      await underWay;
      // The primary shows it, but a fail-over would lose it: nobody may answer from that.
      assert.equal((await records.read(first.ledgerId))?.revision, 2);
      await assert.rejects(records.readSettled(first.ledgerId), UNREACHABLE);
      await quorum.fault('start', 'n2', 'n3');
      await standbysAreBack();
      assert.equal((await records.readSettled(first.ledgerId))?.revision, 2);
      await records.close();
    });
  }

  test('waits for no server that hangs, and goes on when it does', async () => {
    const records = await open();
    const first = sampleChange();
    await records.commit(first);
    const second = sampleChange({ ledgerId: first.ledgerId, expectedRevision: 1 });
    await quorum.fault('stop', 'n1');
    await assert.rejects(records.commit(second), UNKNOWN);
    await assert.rejects(records.read(first.ledgerId), UNREACHABLE);
    await assert.rejects(records.check(), UNREACHABLE);
    await quorum.fault('continue', 'n1');
    await records.check();
    const settled = await records.readSettled(first.ledgerId);
    const wasMade = settled?.revision === 2;
    assert.equal(await records.commit(second), wasMade ? 'conflict' : 'committed');
    assert.equal((await records.read(first.ledgerId))?.revision, 2);
    await records.close();
  });

  test('loses nothing that was acknowledged when the primary is killed and replaced', async () => {
    const records = await open();
    const writers = startWriters(records);
    try {
      await eventually('commits', () => writers.count > 300);
      await quorum.fault('kill', 'n1');
      await assert.rejects(records.check(), UNREACHABLE);
      assert.notEqual(await quorum.promote(), 'n1');
      const before = writers.count;
      await eventually('commits on the new primary', () => writers.count > before + 300);
    } finally {
      await writers.end();
    }
    await assertHolds(records, writers.acknowledged);
    await records.close();
  });

  test('goes by no primary that came back and does not know that it was replaced', async () => {
    await quorum.fault('start', 'n1');
    const answer = () => quorum.sql('n1', 'SELECT pg_is_in_recovery()').catch(() => 'starting');
    await eventually('the old primary', async () => (await answer()) === 'f');
    const records = await open();
    const change = sampleChange();
    await assert.rejects(records.commit(change), UNKNOWN);
    await records.check();
    assert.equal(await records.commit(change), 'committed');
    assert.equal((await records.readSettled(change.ledgerId))?.revision, 1);
    const old = await openPostgresRecords({
      urls: quorum.urlsOf('vault').slice(0, 1),
      timeoutMs: 500,
    });
    await assert.rejects(old.check(), UNREACHABLE);
    await old.close();
    await records.close();
  });
});
