/** Several nodes of one vault, processes of their own, over PostgreSQL on a synchronous quorum. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { toHex } from '@holdfast/core/bytes';
import { decodeLogEntry } from '@holdfast/core/vault-protocol';
import { type PostgresCluster, patroniMissing, startPatroni } from '@holdfast/testing/engines';
import { createSoftwareHsm } from '../hsm/index.ts';
import { openPostgresRecords } from '../records/postgres/index.ts';
import { Person } from './fixture/person.ts';
import { type NodeOptions, VaultNode } from './fixture/vault-node.ts';

const MINUTE_MS = 60 * 1000;
/** After the fourth guess that was not proved, the fifth, and so on. */
const DELAY_MINUTES = [1, 5, 15, 60, 240, 720];
/** A node that sees that another has counted the time counts none of its own in that step. */
const SLACK_MINUTES = 10;
const NODES = 3;
const SLOW = process.env.SLOW === '1';
const KILLS = SLOW ? 2000 : 200;
const FAIL_OVERS = SLOW ? 50 : 5;
const PERSONS = 6;
/** Longer than a fail-over takes on a busy machine. */
const PATIENCE_MS = 5 * 60 * 1000;
/** After so many, those that are there go on: each is looked at in the end. */
const PERSONS_MAX = 300;

describe('a vault of several nodes', { skip: patroniMissing() }, () => {
  let cluster: PostgresCluster;
  let options: NodeOptions;

  before(async () => {
    cluster = await startPatroni();
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-nodes-'));
    const opener = { keyFilePath: join(folder, 'seal') };
    await writeFile(opener.keyFilePath, randomBytes(32), { mode: 0o600 });
    await createSoftwareHsm(join(folder, 'keys'), opener);
    options = { folder, urls: cluster.urlsOf('postgres') };
  });
  after(async () => {
    await cluster?.stop();
    if (options !== undefined) await rm(options.folder, { recursive: true });
  });

  test('answers ten of a thousand guesses at once, is frozen, and destroys the key', async () => {
    const nodes = await startNodes();
    try {
      const [first] = nodes as [VaultNode, ...VaultNode[]];
      const person = new Person();
      const { recordHash } = await person.setPassword([first], 'correct');
      const outcomes = new Map<string, number>();
      const guessEverywhere = async (count: number): Promise<void> => {
        const answers = await Promise.all(
          Array.from({ length: count }, (_, i) =>
            person.guess(nodes[i % NODES] as VaultNode, recordHash),
          ),
        );
        for (const { outcome } of answers) outcomes.set(outcome, 1 + (outcomes.get(outcome) ?? 0));
      };
      await guessEverywhere(1000);
      assert.equal(outcomes.get('done'), 4);
      for (const delayMinutes of DELAY_MINUTES) {
        await first.wait((delayMinutes + SLACK_MINUTES) * MINUTE_MS);
        for (const node of nodes) await node.wait(1);
        await guessEverywhere(30);
      }
      assert.equal(outcomes.get('done'), 10);
      assert.ok((outcomes.get('frozen') ?? 0) > 0);
      assert.equal(outcomes.get('not-evaluable'), undefined);
      await first.wait((7 * 24 + 1) * 60 * MINUTE_MS);
      for (const node of nodes) await node.wait(1);
      await guessEverywhere(30);
      assert.deepEqual([outcomes.get('done'), outcomes.get('not-evaluable')], [10, 30]);
    } finally {
      await Promise.all(nodes.map((node) => node.kill()));
    }
  });

  test(`loses nothing by ${KILLS} kills of nodes and ${FAIL_OVERS} of the primary`, async () => {
    const nodes = await startNodes();
    const random = sequence(20_261_122);
    /** One that runs, as far as that is known; nodes that were killed are soon replaced. */
    const anyNode = {
      identity: (nodes[0] as VaultNode).identity,
      async handle(...args: Parameters<VaultNode['handle']>): Promise<Uint8Array> {
        const running = nodes.filter(({ isGone }) => !isGone);
        const node = running[Math.floor(random() * running.length)];
        if (node === undefined) throw new Error('No node runs');
        return await node.handle(...args);
      },
    };
    const killing = killAtRandom(nodes, random);
    let isOver = false;
    const ended = killing.finally(() => {
      isOver = true;
    });
    const persons: Person[] = [];
    const live = async (): Promise<void> => {
      while (!isOver) {
        const known = persons[Math.floor(random() * persons.length)];
        if (known !== undefined && persons.length >= PERSONS_MAX) {
          if (!(await succeeds(() => known.recover([anyNode], 'right')))) await sleep(20);
          continue;
        }
        const person = new Person();
        if (!(await succeeds(() => person.setPassword([anyNode], 'right')))) {
          await sleep(20);
          continue;
        }
        persons.push(person);
        for (let i = 0; i < 4 && !isOver; i++) {
          await succeeds(() => person.recover([anyNode], i === 1 ? 'wrong' : 'right'));
        }
      }
    };
    const records = await openPostgresRecords({ urls: options.urls });
    try {
      await Promise.all([ended, ...Array.from({ length: PERSONS }, live)]);
      assert.ok(persons.length >= PERSONS, `${persons.length} passwords were set`);
      let answered = 0;
      for (const person of persons) {
        const { backupId } = await person.owner();
        const taken = new Set<string>();
        for (let from = 1; ; from += 100) {
          const entries = (await records.readLog(backupId, from, 100)).map(decodeLogEntry);
          for (const { what, attemptId } of entries) {
            if (what === 'guess' && attemptId !== null) taken.add(toHex(attemptId));
          }
          if (entries.length < 100) break;
        }
        for (const attemptId of person.answered) {
          assert.ok(taken.has(toHex(attemptId)), 'an answer was given for a guess that was lost');
        }
        answered += person.answered.length;
        await untilDone(() => person.recover([anyNode], 'right'));
      }
      assert.ok(answered > persons.length, `${answered} guesses were answered`);
    } finally {
      await records.close();
      await Promise.all(nodes.map((node) => node.kill()));
    }
  });

  async function startNodes(): Promise<VaultNode[]> {
    return await Promise.all(
      Array.from({ length: NODES }, async () => await VaultNode.start(options)),
    );
  }

  /** Kills nodes, each of which is replaced, and now and then the primary. */
  async function killAtRandom(nodes: VaultNode[], random: () => number): Promise<void> {
    const replacing = new Map<number, Promise<void>>();
    const every = Math.floor(KILLS / FAIL_OVERS);
    let failingOver: Promise<void> = Promise.resolve();
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(100 * random());
      if (kill % every === 0) failingOver = failingOver.then(failOver);
      while (replacing.size >= NODES - 1) await Promise.race(replacing.values());
      const running = nodes.flatMap((_, at) => (replacing.has(at) ? [] : [at]));
      const at = running[Math.floor(random() * running.length)] as number;
      await (nodes[at] as VaultNode).kill();
      const replaced = replace(nodes, at).finally(() => replacing.delete(at));
      replacing.set(at, replaced);
    }
    await failingOver;
    await Promise.all(replacing.values());
  }

  async function replace(nodes: VaultNode[], at: number): Promise<void> {
    nodes[at] = await untilDone(() => VaultNode.start(options));
  }

  /** Kills the primary; another takes over, and the killed one comes back as a standby. */
  async function failOver(): Promise<void> {
    const primary = await untilDone(findPrimary);
    await cluster.fault('kill', primary);
    await sleep(3000);
    await cluster.fault('start', primary);
    await untilDone(async () => {
      const standbys = await cluster.sql(
        await findPrimary(),
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'",
      );
      assert.equal(standbys, '2');
    });
  }

  async function findPrimary(): Promise<'n1' | 'n2' | 'n3'> {
    for (const node of ['n1', 'n2', 'n3'] as const) {
      const isStandby = await cluster.sql(node, 'SELECT pg_is_in_recovery()').catch(() => 't');
      if (isStandby === 'f') return node;
    }
    throw new Error('There must be a primary');
  }
});

async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}

async function untilDone<Result>(work: () => Promise<Result>): Promise<Result> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await sleep(500);
    }
  }
}

/** Numbers from 0 to 1, the same each time: mulberry32. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
