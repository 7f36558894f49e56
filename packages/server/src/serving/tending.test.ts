import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenedVault } from '@holdfast/vault/vault';
import { pino } from 'pino';
import { startTending } from './tending.ts';

const MINUTE_MS = 60_000;

/** Counts how often it is tended; fails, or takes its time, as told. */
class TendedVault implements OpenedVault {
  tended = 0;
  atOnce = 0;
  until: Promise<void> = Promise.resolve();
  failure: Error | null = null;
  upkeep = {
    wrappingKeysLeft: 30,
    olderWrappingKeys: 0,
    wrappingKeyAgeMs: 0,
    damagedLedgers: 0,
  };

  async handle(request: Uint8Array): Promise<Uint8Array> {
    return request;
  }

  async check(): Promise<void> {
    await this.until;
  }

  async tend(): Promise<void> {
    this.tended++;
    assert.equal(++this.atOnce, 1);
    await this.until;
    this.atOnce--;
    if (this.failure !== null) throw this.failure;
  }
}

const settle = (): Promise<unknown> => new Promise(setImmediate);

test('a vault is tended once a minute, and once more at its end', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const vault = new TendedVault();
  {
    await using _ = startTending(vault, pino({ enabled: false }));
    assert.equal(vault.tended, 0);
    for (const minute of [1, 2, 3]) {
      context.mock.timers.tick(MINUTE_MS);
      await settle();
      assert.equal(vault.tended, minute);
    }
  }
  assert.equal(vault.tended, 4);
  context.mock.timers.tick(10 * MINUTE_MS);
  assert.equal(vault.tended, 4);
});

test('it is never tended twice at the same time, however long it takes', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const vault = new TendedVault();
  const { promise, resolve } = Promise.withResolvers<void>();
  vault.until = promise;
  const tending = startTending(vault, pino({ enabled: false }));
  context.mock.timers.tick(5 * MINUTE_MS);
  const ended = tending[Symbol.asyncDispose]();
  await settle();
  assert.equal(vault.tended, 1);
  resolve();
  await ended;
  assert.equal(vault.tended, 2);
});

test('a failure is logged, and the next minute tries again', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const vault = new TendedVault();
  vault.failure = Object.assign(new Error('gone'), { detail: 'SECRET' });
  await using _ = startTending(vault, log);
  for (const _minute of [1, 2]) {
    context.mock.timers.tick(MINUTE_MS);
    await settle();
  }
  assert.equal(vault.tended, 2);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /"tending failed"/);
  assert.doesNotMatch(lines.join(''), /SECRET/);
});

test('that backups are damaged is logged whenever there are more', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const vault = new TendedVault();
  await using _ = startTending(vault, log);
  for (const damagedLedgers of [0, 1, 1, 3, 3]) {
    vault.upkeep = { ...vault.upkeep, damagedLedgers };
    context.mock.timers.tick(MINUTE_MS);
    await settle();
  }
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).damagedLedgers),
    [1, 3],
  );
});

test('that few wrapping keys are left is logged once for each', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const vault = new TendedVault();
  await using _ = startTending(vault, log);
  for (const wrappingKeysLeft of [3, 2, 2, 1, 1, 0, 30]) {
    vault.upkeep = { ...vault.upkeep, wrappingKeysLeft };
    context.mock.timers.tick(MINUTE_MS);
    await settle();
  }
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).wrappingKeysLeft),
    [2, 1, 0],
  );
});
