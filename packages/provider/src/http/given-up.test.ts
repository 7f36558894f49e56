import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderCaller, startLocalProvider } from '@holdfast/testing/local-provider';

const LARGEST_BYTES = 16 * 1024 * 1024;
const DOWNLOADS = 60;
const PATIENCE_MS = 10_000;

/** Files below a folder that this process has open. */
function openFiles(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
}

test('a download that is given up leaves no file open', {
  skip: process.platform !== 'linux',
}, async () => {
  await using provider = await startLocalProvider();
  const caller = await ProviderCaller.signedUp(provider.origin);
  const bytes = new Uint8Array(randomBytes(LARGEST_BYTES));
  const hex = createHash('sha256').update(bytes).digest('hex');
  const name = `packs/${hex.slice(0, 2)}/${hex}`;
  assert.equal((await caller.put(name, bytes)).status, 201);
  const downloads = Array.from({ length: DOWNLOADS }, async (_, i) => {
    const signal = AbortSignal.timeout(1 + (i % 30));
    const answer = await caller.ask(`objects/${name}`, { signal });
    await answer.arrayBuffer();
  });
  await Promise.allSettled(downloads);
  const { bytesFolder } = provider;
  for (let waitedMs = 0; openFiles(bytesFolder).length > 0 && waitedMs < PATIENCE_MS; ) {
    await sleep(50);
    waitedMs += 50;
  }
  assert.deepEqual(openFiles(bytesFolder), []);
});
