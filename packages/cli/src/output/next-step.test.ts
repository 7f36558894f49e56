import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES, type ErrorCode, HoldfastError } from '@holdfast/core/errors';
import { findCommand } from '../arguments/find-command.ts';
import { parseArguments } from '../arguments/parse-arguments.ts';
import { COMMAND_TABLE } from '../commands/index.ts';
import { nextStepFor } from './next-step.ts';

function advice(): string[] {
  const details = [{}, { objectName: 'heads/' }, { isRemembered: true } as const];
  const errors = (Object.keys(ERROR_CODES) as ErrorCode[]).flatMap((code) =>
    details.map((each) => new HoldfastError(code, 'Cannot', { details: each })),
  );
  const steps = errors.flatMap((error) => [nextStepFor(error, true), nextStepFor(error, false)]);
  return steps.filter((step) => step !== null);
}

test('what is advised are commands and options that there are', async () => {
  const lines = advice().flatMap((step) => step.match(/\bholdfast [a-z][^".]*/g) ?? []);
  assert.ok(lines.length > 10);
  for (const line of new Set(lines)) {
    const { name, rest } = findCommand(line.split(' ').slice(1), COMMAND_TABLE.names);
    parseArguments(await COMMAND_TABLE.load(name ?? ''), rest);
  }
});

test('a full store harms no snapshot, and what a backup has stored so far can be freed', () => {
  const full = new HoldfastError('store-full', 'Cannot write to the store: its disk is full');
  assert.match(`${nextStepFor(full, true)}`, /unharmed.*goes on.*prune --grace 0s/);
  assert.match(`${nextStepFor(full, false)}`, /unharmed/);
});
