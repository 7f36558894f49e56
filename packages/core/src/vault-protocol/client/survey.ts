/**
 * What vaults and store have of a person's passwords, before anything is spent
 * (spec/vault-protocol.md §12.2, steps 2 to 4).
 */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { evaluableIn, type LedgerStatus } from '../messages/index.ts';
import { awaitEnough } from './await-enough.ts';
import { type Authority, type KnownRecord, RecordFinder } from './find-records.ts';
import type { ClientContext, VaultClient } from './vault-client.ts';
import type { RecordShelf } from './vault-link.ts';

/** A vault that was asked how it stands. */
export interface AskedVault {
  readonly client: VaultClient;
  /** Null when it did not answer, for `failure`. */
  readonly status: LedgerStatus | null;
  /** Beside a status: why it stays with an owner before. */
  readonly failure: unknown;
  /** It was not waited for, since the others suffice. */
  readonly isLate: boolean;
  /** Why a certificate that it lacks could not be delivered; null when it could, or none was due. */
  readonly undelivered: unknown;
}

export interface Survey {
  readonly vaults: readonly AskedVault[];
  /** Greatest version first. */
  readonly records: readonly KnownRecord[];
}

/** When vaults that are slow are not waited for. */
export interface Patience {
  isEnough(survey: Survey): boolean;
  /** Ends after so many milliseconds. */
  sleep(ms: number): Promise<void>;
}

/**
 * Asks all vaults, free of charge, and delivers certificates to those that still lack them.
 *
 * @param clients Of vaults that the person trusts.
 * @param patience Null to wait for all, for as long as their links do.
 */
export async function surveyVaults(
  context: ClientContext,
  clients: readonly VaultClient[],
  shelf: RecordShelf,
  authority: Authority,
  patience: Patience | null = null,
): Promise<Survey> {
  const finder = new RecordFinder(context, shelf);
  const vaults = clients.map(late);
  const each = async (work: (vault: AskedVault, place: number) => Promise<void>) => {
    const works = vaults.map(work);
    if (patience === null) return void (await Promise.all(works));
    const { isEnough, sleep } = patience;
    const look = () => (isEnough({ vaults, records: finder.records }) ? 'enough' : 'lacking');
    await awaitEnough(works, look, sleep);
  };
  await each(async ({ client }, place) => {
    const asked = await askStatus(client, authority);
    if (asked.status !== null) await finder.findListed(client, asked.status, authority);
    vaults[place] = asked;
  });
  const { records } = finder;
  await each(async (vault, place) => {
    const delivered = await deliverTo(vault, records, authority);
    if (delivered !== null) vaults[place] = delivered;
  });
  return { vaults: [...vaults], records };
}

/** Records whose password some of these vaults can check, with the vaults that can. */
export function evaluableRecords(
  { vaults, records }: Survey,
  minimumT: number,
): readonly { readonly record: KnownRecord; readonly vaults: readonly AskedVault[] }[] {
  return records.flatMap((record) => {
    const { t } = record.body;
    const able = vaults.filter(
      ({ client, status }) =>
        status !== null &&
        isOf(record, client) &&
        evaluableIn(status).some(({ hash }) => equalBytes(hash, record.hash)),
    );
    return t >= minimumT && able.length >= t ? [{ record, vaults: able }] : [];
  });
}

/** Whether the record names this vault. */
export function isOf({ body }: KnownRecord, { link }: VaultClient): boolean {
  return body.vaults.some(({ identity }) => equalBytes(identity, link.identity));
}

/** Certified records that this vault has not got the certificate of. */
export function undeliveredTo(
  { client, status }: AskedVault,
  records: readonly KnownRecord[],
): readonly KnownRecord[] {
  const staged = status?.records.filter(({ state }) => state === 'staged') ?? [];
  return records.filter(
    ({ certificate, body }) =>
      certificate !== null &&
      body.vaults.some(
        ({ identity, recordId }) =>
          equalBytes(identity, client.link.identity) &&
          staged.some(({ id }) => equalBytes(id, recordId)),
      ),
  );
}

function late(client: VaultClient): AskedVault {
  const message = `Cannot reach the vault at ${client.link.name}: no answer came in time`;
  const failure = new HoldfastError('vaults-unreachable', message);
  return { client, status: null, failure, isLate: true, undelivered: null };
}

async function askStatus(client: VaultClient, authority: Authority): Promise<AskedVault> {
  const answered = { client, isLate: false, undelivered: null };
  try {
    const { status } = await client.ask('status', {}, authority);
    return { ...answered, status, failure: null };
  } catch (failure) {
    return { ...answered, status: null, failure };
  }
}

/** @returns How the vault stands then; null when nothing was due. */
async function deliverTo(
  vault: AskedVault,
  records: readonly KnownRecord[],
  authority: Authority,
): Promise<AskedVault | null> {
  const due = undeliveredTo(vault, records);
  if (due.length === 0) return null;
  let undelivered: unknown = null;
  for (const { object: record, certificate } of due.toReversed()) {
    if (certificate === null) continue;
    try {
      await vault.client.ask('commit', { record, certificate }, authority);
    } catch (failure) {
      undelivered = failure;
      break;
    }
  }
  return { ...(await askStatus(vault.client, authority)), undelivered };
}
