/** How often in a second an HSM evaluates the function, and noble's own evaluation beside it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@holdfast/core/secret';
import { SOFT_HSM_LIBRARY, SoftHsm } from '@holdfast/testing/soft-hsm';
import {
  createSoftwareHsm,
  type Hsm,
  initPkcs11Hsm,
  openPkcs11Hsm,
  openSoftwareHsm,
} from '@holdfast/vault/hsm';
import { p256_oprf } from '@noble/curves/nist.js';

const ELEMENTS = 200;
/** Of SoftHSM2: one thread each. */
const SESSIONS = 2;

export interface Evaluations {
  readonly noble: number;
  readonly software: number;
}

/** Of SoftHSM2, as many at once as it has sessions; null where it is not installed. */
export async function measureSoftHsm(rounds: number): Promise<number[] | null> {
  if (SOFT_HSM_LIBRARY === null) return null;
  using softHsm = new SoftHsm(1);
  const place = { library: SOFT_HSM_LIBRARY, token: softHsm.takeToken() };
  const pin = (text: string): Secret => new Secret(new TextEncoder().encode(text));
  const pins = { officerPin: pin(softHsm.officerPin), userPin: pin(softHsm.userPin) };
  await initPkcs11Hsm({ ...place, ...pins, wrappingKeys: 1 });
  const hsm = await openPkcs11Hsm({ ...place, userPin: pin(softHsm.userPin), sessions: SESSIONS });
  const measured: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const wrapped = await hsm.makeKey(1);
    const elements = makeElements();
    const beganMs = performance.now();
    await Promise.all(elements.map(async (element) => await hsm.evaluate(wrapped, element)));
    // The first round warms up.
    if (round > 0) measured.push(perSecond(elements.length, beganMs));
  }
  await hsm.close();
  return measured;
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
  const wrapped = await hsm.makeKey(1);
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
