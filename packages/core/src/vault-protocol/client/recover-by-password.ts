/**
 * Brings the root key back by a password, over vaults of which t suffice
 * (spec/vault-protocol.md §12.2).
 */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import type { Secret } from '../../secret/index.ts';
import { ELEMENT_BYTES } from '../limits.ts';
import type { LedgerStatus } from '../messages/index.ts';
import { chooseRecord, fewestGuesses, isRefusal, type RecoverOptions } from './choose-record.ts';
import { Recovery } from './recovery.ts';
import type { OwnerKeys } from './setting.ts';
import { type AskedVault, type KnownRecord, surveyVaults } from './survey.ts';
import { type ClientContext, clientsOf, restOf } from './vault-client.ts';
import type { RecordShelf, VaultLink } from './vault-link.ts';

export interface PasswordPorts {
  readonly context: ClientContext;
  readonly links: readonly VaultLink[];
  readonly shelf: RecordShelf;
  /** Argon2id of the password that was typed, 32 bytes. */
  stretch(record: KnownRecord['body']): Promise<Secret>;
  /** The keys that a root key gives. */
  deriveOwner(rootKey: Secret): Promise<OwnerKeys>;
  /** Must not throw. */
  onEvent?(event: RecoveryEvent): void;
}

/** What happens while a password is tried, one vault after the other. */
export interface RecoveryEvent {
  readonly type: 'guess' | 'answer' | 'no-answer';
  readonly name: string;
  readonly identity: Uint8Array;
  /** 16 bytes. */
  readonly attemptId: Uint8Array;
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
  options: RecoverOptions,
): Promise<RecoveredKey> {
  const { context, links, shelf } = ports;
  const clients = clientsOf(links, context);
  const survey = await surveyVaults(context, clients, shelf, { scope: 'guess' });
  const chosen = chooseRecord(survey, options);
  const { record } = chosen;
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
    await Promise.all(talks.map((talk) => guessAt(ports, recovery, talk)));
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
async function guessAt({ onEvent }: PasswordPorts, recovery: Recovery, talk: Talk): Promise<void> {
  const { client } = talk.asked;
  const { identity, name } = client.link;
  const guess = recovery.guessFor(identity);
  const { attemptId } = guess;
  onEvent?.({ type: 'guess', name, identity, attemptId });
  try {
    const answer = await twice(() => client.ask('guess', guess, { scope: 'guess' }));
    talk.status = answer.status;
    if (answer.outcome !== 'done') {
      throw new HoldfastError(
        'locked-out',
        `Cannot guess at ${client.link.name}: ${answer.outcome}`,
      );
    }
    await recovery.takeAnswer(identity, restOf(answer, ELEMENT_BYTES));
    onEvent?.({ type: 'answer', name, identity, attemptId });
  } catch (failure) {
    talk.failure = failure;
    onEvent?.({ type: 'no-answer', name, identity, attemptId });
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
  } catch {
    // It took part; that it did not note the proof is what `isProved` says.
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
  } catch {
    // Its status goes on listing the old record.
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

function notOpened(recovery: Recovery, talks: readonly Talk[]): HoldfastError {
  const { t } = recovery.record.body;
  const details = { guessesLeft: fewestGuesses(talks) };
  if (recovery.answers < t) {
    const failed = talks.filter(({ failure }) => failure !== null);
    const names = failed.map(({ asked }) => asked.client.link.name).join(', ');
    const cause = failed[0]?.failure;
    if (failed.length > 0 && failed.every(isRefusal)) {
      const state = 'the password that works now goes with another account code than this';
      const message = `Cannot recover: the vaults say that ${state}`;
      return new HoldfastError('password-missing', message, { cause, details });
    }
    const message = `Cannot recover: too few vaults answered (${names})`;
    return new HoldfastError('vaults-unreachable', message, { cause, details });
  }
  const state = 'the password is not the one of this backup';
  const doubt = recovery.answers > t || t === 1 ? '' : ', or a vault answered falsely';
  return new HoldfastError('wrong-password', `Cannot recover: ${state}${doubt}`, { details });
}
