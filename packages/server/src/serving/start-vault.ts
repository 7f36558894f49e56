/** A vault, opened in its parts and served; it ends with the stack that they are given to. */
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { builtInIssuer, vaultFingerprint } from '@holdfast/core/vault-protocol';
import { makeBuiltInIssuer, TokenChecker } from '@holdfast/vault/authorisation';
import { openVault } from '@holdfast/vault/vault';
import { CommandError } from '../command-error.ts';
import { fingerprintLines } from '../output/fingerprint-lines.ts';
import { type DataFolder, dataFolder, isThere, makeDataFolder } from '../parts/data-folder.ts';
import { openIssuerSeed } from '../parts/issuer-seed.ts';
import { readIssuer } from '../parts/issuers.ts';
import { limitsOf } from '../parts/limits.ts';
import { openHsm } from '../parts/open-hsm.ts';
import { openRecords, readPostgresUrls } from '../parts/records.ts';
import { makeSoftwareKeys } from '../parts/software-hsm.ts';
import { tokenPlaceOf } from '../parts/token-hsm.ts';
import type { VaultSettings } from '../settings/vault-settings.ts';
import type { Stage } from './run-servers.ts';
import type { ServedApp } from './serve-app.ts';
import { serveVault } from './serve-vault.ts';
import { startTending } from './tending.ts';

/** @throws {HoldfastError} when it can't start. */
export async function startVault(settings: VaultSettings, stage: Stage): Promise<ServedApp> {
  const { env, say, log, opened } = stage;
  const limits = limitsOf(settings);
  const outerIssuers = await Promise.all((settings.issuers ?? []).map(readIssuer));
  const urls = await readPostgresUrls(settings, env);
  const folder = dataFolder(settings.data, env);
  await makeDataFolder(folder);
  if (tokenPlaceOf(settings) === null && !(await isThere(folder.hsmKeysPath))) {
    if (urls !== null) throw keysMissing(folder);
    await makeSoftwareKeys(folder, settings, env);
    say(`Made the keys of a new vault in ${folder.path}`);
    say('Keep a copy of them, hsm-keys and hsm-seal, apart from copies of its records.');
    say('');
  }
  const hsm = await openHsm(folder, settings, env);
  opened.defer(() => hsm.close());
  const records = await openRecords(urls, folder, settings);
  opened.defer(() => records.close());

  const fingerprint = await vaultFingerprint(nodeCrypto, hsm.identity);
  const [outer] = outerIssuers;
  const seed = outer === undefined ? await openIssuerSeed(hsm, records) : null;
  const issuer = seed && makeBuiltInIssuer({ fingerprint, seed });
  const issuers = issuer === null ? outerIssuers : [issuer];
  const checker = new TokenChecker({ issuers, fingerprint });
  const issuerName = outer?.name ?? builtInIssuer(fingerprint);
  const vault = await openVault({ hsm, records, issuer: issuerName, limits });
  await vault.check();

  opened.use(startTending(vault, log));
  const served = await serveVault({ vault, checker, issuer }, settings, log);
  const { url, metricsUrl } = served;
  opened.defer(() => served.close());

  const [first, second] = fingerprintLines(fingerprint);
  say(`Fingerprint  ${first}`);
  say(`             ${second}`);
  say(`Address      ${url}`);
  if (metricsUrl !== null) say(`Metrics      ${metricsUrl}`);
  say('');
  say('Give people both: they compare the fingerprint when they begin to trust this vault.');
  log.info({ fingerprint, url }, 'serving');
  return served;
}

/** Each node of a vault needs the same: none makes its own unasked. */
function keysMissing({ path }: DataFolder): CommandError {
  return new CommandError('hsm-unusable', `Cannot start: there are no keys in ${path}`, {
    nextStep: 'Make them with "holdfast-server hsm init" on one node, and copy them to the others.',
  });
}
