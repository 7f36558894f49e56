// The child process of start-putting.ts. Says `ready`, waits for a line, then tells every put that
// answered as `<name> <answer>`.

import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import type { Store } from '@holdfast/client/store';
import { sampleBytes } from './sample-bytes.ts';
import type { PuttingOrder } from './start-putting.ts';

const MAX_BYTES = 300_000;

async function carryOut(order: PuttingOrder): Promise<void> {
  const opener: { openStore(url: string): Promise<Store> } = await import(order.openerModule);
  const store = await opener.openStore(order.url);
  writeSync(1, 'ready\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  for (let index = 0; index < (order.names ?? Number.POSITIVE_INFINITY); index++) {
    const { name, bytes } = objectAt(order, index);
    writeSync(1, `${name} ${await store.put(name, bytes)}\n`);
  }
  await store.close();
  process.stdin.destroy();
}

function objectAt(
  { racer, seed }: PuttingOrder,
  index: number,
): { name: string; bytes: Uint8Array } {
  if (racer !== undefined) {
    return { name: `race/${index}`, bytes: sampleBytes(1000 + racer, racer) };
  }
  const bytes = sampleBytes((index * 7919 * 31) % MAX_BYTES, (seed ?? 0) * 1000 + index);
  const hash = createHash('sha256').update(bytes).digest('hex');
  return { name: `packs/${hash.slice(0, 2)}/${hash}`, bytes };
}

await carryOut(JSON.parse(process.argv[2] ?? '{}'));
