/**
 * Brings the root key back by a password, over vaults of which t suffice
 * (spec/vault-protocol.md §12.2).
 */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { Secret } from '../../secret/index.ts';
import type { LedgerStatus } from '../messages/index.ts';
import { awaitEnough, DOUBT_MS, type Sufficiency } from './await-enough.ts';
import {
  chooseRecord,
  fewestGuesses,
  isEnough,
  isRefusal,
  type RecoverOptions,
} from './choose-record.ts';
import type { KnownRecord } from './find-records.ts';
import { type BridgePorts, followBridges, isLedOn } from './follow-bridges.ts';
import { type OpenedRecord, Recovery } from './recovery.ts';
import type { OwnerKeys } from './setting.ts';
import { type AskedVault, isOf, surveyVaults } from './survey.ts';
import { type RecoveryEvent, Talk } from './talk.ts';
import { clientsOf } from './vault-client.ts';
import type { RecordShelf, VaultLink } from './vault-link.ts';

export interface PasswordPorts extends BridgePorts {
  readonly links: readonly VaultLink[];
  readonly shelf: RecordShelf;
  /** Argon2id of the password that was typed, 32 bytes. */
  stretch(record: KnownRecord['body']): Promise<Secret>;
  /** Ends after so many milliseconds. */
  sleep(ms: number): Promise<void>;
  /** Must not throw. */
  onEvent?(event: RecoveryEvent): void;
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
  /** A signed request that proves the guess, and that nothing was answered to yet; holds no secret. */
  readonly openProof: Uint8Array | null;
}

export interface RecoveredKey {
  /** The newest that the password leads to. */
  readonly owner: OwnerKeys;
  readonly record: KnownRecord;
  /** The shared secret of the record, 32 bytes; wipe it. */
  readonly secret: Secret;
  /** Of the record's proof key; wipe it. */
  readonly proofSeed: Secret;
  /**
   * Of all vaults, once each has noted the proof, or its time is up: nothing that the key needs. Never
   * rejects.
   */
  readonly reports: Promise<readonly VaultReport[]>;
}

/** For one vault to answer guess and proof, from when the record is open. */
const DEADLINE_MS = 15_000;

/**
 * As soon as t vaults answered; the others get their proofs as they come.
 *
 * @throws {HoldfastError} `password-missing`, `vaults-unreachable`, `locked-out`, `wrong-password`;
 *   `damaged` when the record opens to another backup's key, or a bridge from it to none. With `guessesLeft` or `waitMs` where
 *   vaults said so.
 */
export async function recoverByPassword(
  ports: PasswordPorts,
  options: RecoverOptions,
): Promise<RecoveredKey> {
  const { context, links, shelf, sleep } = ports;
  const clients = clientsOf(links, context);
  const patience = { sleep, isEnough: isEnough(options) };
  const survey = await surveyVaults(context, clients, shelf, { scope: 'guess' }, patience);
  const { record, vaults } = chooseRecord(survey, options);
  const late = survey.vaults.filter(({ isLate, client }) => isLate && isOf(record, client));
  const asked = [...vaults, ...late];
  const identities = asked.map(({ client }) => client.link.identity);
  const stretched = await ports.stretch(record.body);
  const recovery = new Recovery(context.crypto, record, stretched, identities);
  try {
    const talks = asked.map((vault) => new Talk(vault, recovery));
    const guesses = talks.map((talk) => talk.guess(ports.onEvent ?? ignore));
    const opened = await openSoon(recovery, guesses, sleep);
    if (opened === null) throw notOpened(recovery, talks);
    const { secret, proofSeed } = opened;
    const first = await ownerOf(opened, record, ports);
    const following = followBridges(ports, record, first, secret);
    // An older password may be the one that was carried over to the key in force.
    const isInForce = following.then(
      ({ ownerPublicKey }) => !isLedOn(ports, ownerPublicKey),
      () => false,
    );
    const ended = proveToAll(talks, guesses, { proofSeed, isInForce }, sleep);
    const owner = await following.catch(async (error) => {
      // The password was right all the same.
      await ended;
      for (const unused of [secret, proofSeed]) unused.wipe();
      throw error;
    });
    const reports = ended
      .then(() => Promise.all(survey.vaults.map((vault) => reportOf(vault, talks, recovery))))
      .finally(() => recovery.wipe());
    return { owner, record, secret, proofSeed, reports };
  } catch (error) {
    recovery.wipe();
    throw error;
  }
}

/** With the first answers that suffice; else with what comes soon after, since one of them may be a lie. */
async function openSoon(
  recovery: Recovery,
  guesses: readonly Promise<void>[],
  sleep: PasswordPorts['sleep'],
): Promise<OpenedRecord | null> {
  const { t } = recovery.record.body;
  const found: { opened: OpenedRecord | null; tried: number } = { opened: null, tried: 0 };
  const look = async (): Promise<Sufficiency> => {
    const { answers } = recovery;
    if (answers < t) return 'lacking';
    if (answers > found.tried) found.opened = await recovery.open();
    found.tried = answers;
    return found.opened === null ? 'enough' : 'done';
  };
  await awaitEnough(guesses, look, sleep, DOUBT_MS);
  return found.opened;
}

/** With a copy of the seed, since the caller may be done with theirs before. */
async function proveToAll(
  talks: readonly Talk[],
  guesses: readonly Promise<void>[],
  { proofSeed, isInForce }: { readonly proofSeed: Secret; readonly isInForce: Promise<boolean> },
  sleep: PasswordPorts['sleep'],
): Promise<void> {
  const seed = new Secret(proofSeed.bytes().slice());
  const works = talks.map(async (talk, place) => {
    await guesses[place];
    await talk.prove(seed);
    if (await isInForce) await talk.retire(seed);
  });
  await Promise.race([Promise.all(works), sleep(DEADLINE_MS)]);
  seed.wipe();
}

/** @throws {HoldfastError} `damaged` when the key is of another backup; nothing of it is left then. */
async function ownerOf(
  { rootKey, secret, proofSeed }: OpenedRecord,
  { frame }: KnownRecord,
  { deriveOwner }: PasswordPorts,
): Promise<OwnerKeys> {
  const owner = await deriveOwner(rootKey);
  const isOurs =
    equalBytes(owner.ownerPublicKey, frame.ownerPublicKey) &&
    equalBytes(owner.backupId, frame.backupId);
  if (isOurs) return owner;
  for (const unused of [rootKey, secret, proofSeed, owner.ownerSeed]) unused.wipe();
  const state = 'its recovery record holds the key of another one';
  throw new HoldfastError('damaged', `Cannot recover the backup: ${state}`);
}

async function reportOf(
  asked: AskedVault,
  talks: readonly Talk[],
  recovery: Recovery,
): Promise<VaultReport> {
  const { name, identity } = asked.client.link;
  const talk = talks.find((other) => other.asked === asked);
  if (talk === undefined) {
    const failure =
      asked.failure ?? new HoldfastError('password-missing', `${name} has not this password`);
    const { status } = asked;
    return { name, identity, status, failure, isLiar: false, isProved: false, openProof: null };
  }
  const { status, failure, isProved, openProof } = talk;
  const isLiar = await recovery.isLiar(identity);
  return { name, identity, status, failure, isLiar, isProved, openProof };
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

function ignore(): void {
  // Nobody wants to know.
}
