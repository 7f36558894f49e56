/** How often in a second an HSM evaluates the function, and noble's own evaluation beside it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hsm } from '@holdfast/vault/hsm';
import { createSoftwareHsm, openSoftwareHsm } from '@holdfast/vault/hsm';
import { p256_oprf } from '@noble/curves/nist.js';

const ELEMENTS = 200;

export interface Evaluations {
  readonly noble: number;
  readonly software: number;
}

/** Takes turns, so that whatever disturbs the machine disturbs both. */
export async function measureEvaluations(rounds: number): Promise<Evaluations[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const opener = { keyFilePath: join(folder, 'seal') };
    await writeFile(opener.keyFilePath, randomBytes(32), { mode: 0o600 });
    await createSoftwareHsm(join(folder, 'keys'), opener);
    const hsm = await openSoftwareHsm(join(folder, 'keys'), opener);
    const elements = makeElements();
    const measured: Evaluations[] = [];
    for (let round = 0; round <= rounds; round++) {
      const noble = evaluateWithNoble(elements);
      const software = await evaluateWith(hsm, elements);
      // The first round warms up.
      if (round > 0) measured.push({ noble, software });
    }
    await hsm.close();
    return measured;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Evaluations a second of one key, one after the other. */
async function evaluateWith(
  hsm: Hsm,
  elements: readonly Uint8Array[] = makeElements(),
): Promise<number> {
  const wrapped = await hsm.makeKey();
  const beganMs = performance.now();
  for (const element of elements) await hsm.evaluate(wrapped, element);
  return perSecond(elements.length, beganMs);
}

function evaluateWithNoble(elements: readonly Uint8Array[]): number {
  const { secretKey } = p256_oprf.oprf.generateKeyPair();
  const beganMs = performance.now();
  for (const element of elements) p256_oprf.oprf.blindEvaluate(secretKey, element);
  return perSecond(elements.length, beganMs);
}

function makeElements(): Uint8Array[] {
  return Array.from({ length: ELEMENTS }, () => p256_oprf.oprf.blind(randomBytes(32)).blinded);
}

function perSecond(count: number, beganMs: number): number {
  return (1000 * count) / (performance.now() - beganMs);
}
