/**
 * The server's side of whole recoveries, and of logins by OPAQUE, taking turns in one process: no
 * network for either. The vault checks tokens, and makes both messages durable in SQLite; OPAQUE's
 * server keeps all in memory. A program of its own, so that it can be put on one core; prints JSON.
 */
import { createPublicKey, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { vaultFingerprint } from '@holdfast/core/vault-protocol';
import { TokenChecker } from '@holdfast/vault/authorisation';
import { createSoftwareHsm, openSoftwareHsm } from '@holdfast/vault/hsm';
import { openSqliteRecords } from '@holdfast/vault/records';
import { openVault } from '@holdfast/vault/vault';
import { makePersons } from './load.ts';
import { measureOpaqueLogins } from './opaque-logins.ts';
import { makeIssuer, makeRecovery, recoverBy, type Target } from './recoveries.ts';

/** Recoveries of each person in one round. */
const TURNS = 6;
/** A vault runs for months: it is measured once its code is compiled. */
const WARM_UP_ROUNDS = 3;

export interface Served {
  /** Recoveries a second. */
  readonly recoveries: number;
  /** Logins a second. */
  readonly logins: number;
}

async function measureServed(rounds: number): Promise<Served[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const opener = { keyFilePath: join(folder, 'seal') };
    await writeFile(opener.keyFilePath, randomBytes(32), { mode: 0o600 });
    await createSoftwareHsm(join(folder, 'keys'), opener);
    const hsm = await openSoftwareHsm(join(folder, 'keys'), opener);
    const records = await openSqliteRecords(join(folder, 'records.sqlite'));
    const { identity } = hsm;
    const fingerprint = await vaultFingerprint(nodeCrypto, identity);
    const issuer = makeIssuer();
    const vault = await openVault({ hsm, records, issuer: issuer.name });
    const publicKey = createPublicKey(issuer.privateKey);
    const keys = async () => publicKey;
    const checker = new TokenChecker({ issuers: [{ name: issuer.name, keys }], fingerprint });
    const target: Target = {
      identity,
      fingerprint,
      issuer,
      async send(kind, request, token) {
        const scope =
          kind === 'guess' || kind === 'status' || kind === 'record' ? 'guess' : 'enrol';
        return await vault.handle(
          request,
          token === null ? null : await checker.check(token, scope),
        );
      },
    };
    const persons = await makePersons(target);
    const measured: Served[] = [];
    for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
      const ready = await Promise.all(
        persons.map(
          async (person) =>
            await Promise.all(
              Array.from({ length: TURNS }, (_, i) =>
                makeRecovery(target, person, round * TURNS + i),
              ),
            ),
        ),
      );
      const beganMs = performance.now();
      await Promise.all(
        ready.map(async (recoveries) => {
          for (const recovery of recoveries) await recoverBy(target, recovery);
        }),
      );
      const recoveries = (1000 * persons.length * TURNS) / (performance.now() - beganMs);
      const [logins = 0] = await measureOpaqueLogins(1);
      if (round >= WARM_UP_ROUNDS) measured.push({ recoveries, logins });
    }
    await records.close();
    await hsm.close();
    return measured;
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) {
  console.log(JSON.stringify(await measureServed(Number(process.argv[2] ?? 5))));
}
