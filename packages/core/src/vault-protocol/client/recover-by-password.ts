/**
 * Brings the root key back by a password, over vaults of which t suffice
 * (spec/vault-protocol.md §12.2).
 */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import type { Secret } from '../../secret/index.ts';
import { ELEMENT_BYTES } from '../limits.ts';
import type { LedgerStatus } from '../messages/index.ts';
import { Recovery } from './recovery.ts';
import type { OwnerKeys } from './setting.ts';
import { type AskedVault, evaluableRecords, type KnownRecord, surveyVaults } from './survey.ts';
import { type ClientContext, restOf, VaultClient } from './vault-client.ts';
import type { RecordShelf, VaultLink } from './vault-link.ts';

export interface PasswordPorts {
  readonly context: ClientContext;
  readonly links: readonly VaultLink[];
  readonly shelf: RecordShelf;
  /** Argon2id of the password that was typed, 32 bytes. */
  stretch(record: KnownRecord['body']): Promise<Secret>;
  /** The keys that a root key gives. */
  deriveOwner(rootKey: Secret): Promise<OwnerKeys>;
}

export interface RecoverOptions {
  /** From the recovery sheet, or what the person knows: records with a smaller one don't count. */
  readonly minimumT: number;
  /** Of the record to try; the newest that enough vaults can check when missing. */
  readonly version?: number;
}

/** What one vault did in a recovery. */
export interface VaultReport {
  readonly name: string;
  readonly identity: Uint8Array;
  /** As it was before, or after its last answer; null when it never answered. */
  readonly status: LedgerStatus | null;
  /** Why it did not take part; null when it did. */
  readonly failure: unknown;
  /** Its answer was false. */
  readonly isLiar: boolean;
  /** It counts this recovery as a right guess. */
  readonly isProved: boolean;
}

export interface RecoveredKey {
  readonly owner: OwnerKeys;
  readonly record: KnownRecord;
  /** Of the record's proof key; wipe it. */
  readonly proofSeed: Secret;
  readonly vaults: readonly VaultReport[];
}

/** One vault while it is being asked. */
interface Talk {
  readonly asked: AskedVault;
  status: LedgerStatus | null;
  failure: unknown;
  isProved: boolean;
}

/**
 * @throws {HoldfastError} `password-missing`, `vaults-unreachable`, `locked-out`, `wrong-password`;
 *   `damaged` when the record opens to another backup's key. With `guessesLeft` or `waitMs` where
 *   vaults said so.
 */
export async function recoverByPassword(
  ports: PasswordPorts,
  { minimumT, version }: RecoverOptions,
): Promise<RecoveredKey> {
  const { context, links, shelf } = ports;
  const clients = links.map((link) => new VaultClient(link, context));
  const survey = await surveyVaults(context, clients, shelf, { scope: 'guess' });
  const able = evaluableRecords(survey, minimumT);
  const chosen =
    version === undefined ? able[0] : able.find(({ record }) => record.frame.version === version);
  if (chosen === undefined) throw noRecord(survey.vaults, survey.records.length > 0);
  const { record } = chosen;
  const ready = chosen.vaults.filter(({ status }) => status?.state === 'ready');
  if (ready.length < record.body.t) throw notReady(chosen.vaults);

  const identities = chosen.vaults.map(({ client }) => client.link.identity);
  const recovery = new Recovery(
    context.crypto,
    record,
    await ports.stretch(record.body),
    identities,
  );
  try {
    const talks = chosen.vaults.map((asked): Talk => {
      return { asked, status: asked.status, failure: null, isProved: false };
    });
    await Promise.all(talks.map((talk) => guessAt(recovery, talk)));
    const opened = await recovery.open();
    if (opened === null) throw notOpened(recovery, talks);
    const owner = await ports.deriveOwner(opened.rootKey);
    assertOwner(owner, record);
    await Promise.all(talks.map((talk) => proveTo(recovery, talk, opened.proofSeed)));
    await Promise.all(talks.map((talk) => retireAt(record, talk, opened.proofSeed)));
    const vaults = survey.vaults.map((asked) => {
      const talk = talks.find((other) => other.asked === asked);
      return reportOf(asked, talk, opened.liars);
    });
    return { owner, record, proofSeed: opened.proofSeed, vaults };
  } finally {
    recovery.wipe();
  }
}

/** Guesses once; a lost answer is asked for again, which costs nothing. */
async function guessAt(recovery: Recovery, talk: Talk): Promise<void> {
  const { client } = talk.asked;
  const { identity } = client.link;
  try {
    const guess = recovery.guessFor(identity);
    const answer = await twice(() => client.ask('guess', guess, { scope: 'guess' }));
    talk.status = answer.status;
    if (answer.outcome !== 'done') {
      throw new HoldfastError(
        'locked-out',
        `Cannot guess at ${client.link.name}: ${answer.outcome}`,
      );
    }
    await recovery.takeAnswer(identity, restOf(answer, ELEMENT_BYTES));
  } catch (failure) {
    talk.failure = failure;
  }
}

async function proveTo(recovery: Recovery, talk: Talk, proofSeed: Secret): Promise<void> {
  const { client } = talk.asked;
  const proof = await recovery.proofFor(client.link.identity);
  if (proof === null) return;
  try {
    const answer = await twice(() => client.ask('proof', proof, { seed: proofSeed.bytes() }));
    talk.status = answer.status;
    talk.isProved = answer.outcome === 'done';
  } catch (failure) {
    talk.failure = failure;
  }
}

/** Old passwords end once the new one is known to work. */
async function retireAt(record: KnownRecord, talk: Talk, proofSeed: Secret): Promise<void> {
  const records = talk.status?.records ?? [];
  const isLive = records.some(
    ({ state, hash }) => state === 'live' && equalBytes(hash, record.hash),
  );
  if (!talk.isProved || !isLive || !records.some(({ state }) => state === 'old')) return;
  try {
    const { client } = talk.asked;
    const answer = await client.ask('retire', {}, { seed: proofSeed.bytes() });
    talk.status = answer.status;
  } catch (failure) {
    talk.failure = failure;
  }
}

async function twice<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not-authorised') throw error;
    return await work();
  }
}

function assertOwner(owner: OwnerKeys, { frame }: KnownRecord): void {
  const isOurs =
    equalBytes(owner.ownerPublicKey, frame.ownerPublicKey) &&
    equalBytes(owner.backupId, frame.backupId);
  if (isOurs) return;
  const state = 'its recovery record holds the key of another one';
  throw new HoldfastError('damaged', `Cannot recover the backup: ${state}`);
}

function reportOf(
  { client, status, failure }: AskedVault,
  talk: Talk | undefined,
  liars: readonly Uint8Array[],
): VaultReport {
  const { name, identity } = client.link;
  const isLiar = liars.some((liar) => equalBytes(liar, identity));
  if (talk === undefined) {
    const why = failure ?? new HoldfastError('password-missing', `${name} has not this password`);
    return { name, identity, status, failure: why, isLiar: false, isProved: false };
  }
  const { isProved } = talk;
  return { name, identity, status: talk.status, failure: talk.failure, isLiar, isProved };
}

function noRecord(vaults: readonly AskedVault[], isKnown: boolean): HoldfastError {
  const silent = vaults.filter(({ status }) => status === null);
  if (silent.length > 0) {
    const names = silent.map(({ client }) => client.link.name).join(', ');
    const state = `too few vaults answer (${names})`;
    const cause = silent[0]?.failure;
    return new HoldfastError('vaults-unreachable', `Cannot recover: ${state}`, { cause });
  }
  const isDestroyed = vaults.some(({ status }) =>
    status?.records.some(({ state }) => state === 'destroyed'),
  );
  if (isDestroyed) {
    const state = 'the vaults destroyed its key after too many wrong guesses';
    return new HoldfastError('locked-out', `Cannot recover by this password: ${state}`);
  }
  const state = isKnown
    ? 'too few of these vaults know the password that the store has'
    : 'no password is set for this backup';
  return new HoldfastError('password-missing', `Cannot recover: ${state}`);
}

/** Of vaults that could check the password, too few of which take a guess now. */
function notReady(vaults: readonly AskedVault[]): HoldfastError {
  const waits = vaults.flatMap(({ status }) => (status === null ? [] : [status.waitMs]));
  const details = { guessesLeft: fewestGuesses(vaults), waitMs: Math.max(0, ...waits) };
  const states = vaults.map(({ status }) => status?.state);
  const isEnding = states.some((state) => state === 'frozen' || state === 'locked-out');
  const state = isEnding
    ? 'after too many wrong guesses the vaults take no more'
    : 'after wrong guesses the vaults take the next one only later';
  return new HoldfastError('locked-out', `Cannot try a password: ${state}`, { details });
}

function notOpened(recovery: Recovery, talks: readonly Talk[]): HoldfastError {
  const { t } = recovery.record.body;
  const details = { guessesLeft: fewestGuesses(talks) };
  if (recovery.answers < t) {
    const failed = talks.filter(({ failure }) => failure !== null);
    const names = failed.map(({ asked }) => asked.client.link.name).join(', ');
    const cause = failed[0]?.failure;
    const message = `Cannot recover: too few vaults answered (${names})`;
    return new HoldfastError('vaults-unreachable', message, { cause, details });
  }
  const state = 'the password is not the one of this backup';
  const doubt = recovery.answers > t || t === 1 ? '' : ', or a vault answered falsely';
  return new HoldfastError('wrong-password', `Cannot recover: ${state}${doubt}`, { details });
}

function fewestGuesses(vaults: readonly { readonly status: LedgerStatus | null }[]): number {
  return Math.min(...vaults.flatMap(({ status }) => status?.guessesLeft ?? []));
}
