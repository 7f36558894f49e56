/**
 * Sets a password, or another one, at vaults of which t will suffice
 * (spec/vault-protocol.md §12.1).
 */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import { RECORD_VERSION_MAX } from '../../recovery-record/index.ts';
import type { Secret } from '../../secret/index.ts';
import { ELEMENT_BYTES, ID_BYTES, STAGED_MAX } from '../limits.ts';
import type { AnswerBody, CertifiedRecord, Outcome, RecordStatus } from '../messages/index.ts';
import type { KnownRecord } from './find-records.ts';
import {
  beginSetting,
  type OwnerKeys,
  type PasswordSetting,
  type ReplacedPassword,
  type Setting,
} from './setting.ts';
import { type Survey, surveyVaults } from './survey.ts';
import { enrolOwner } from './tell-owner.ts';
import { type ClientContext, clientsOf, restOf, type VaultClient } from './vault-client.ts';
import type { RecordShelf, VaultLink } from './vault-link.ts';

export interface SetPasswordPorts {
  readonly context: ClientContext;
  /** Of all vaults of the new record: each must answer. */
  readonly links: readonly VaultLink[];
  readonly shelf: RecordShelf;
  /** Called before the first thing that counts: until then, nothing happened. */
  onCommitting?(): void;
}

export interface NewPassword extends Pick<PasswordSetting, 't' | 'salt' | 'argon2id'> {
  /** After Argon2id with that salt and those parameters, 32 bytes. */
  readonly stretched: Secret;
  /** What it replaces, if the person typed that password and recovered by it. */
  readonly replaced: ReplacedPassword | null;
}

/** How one vault stands after the new record was brought to it. */
export interface CommittedVault {
  readonly name: string;
  readonly identity: Uint8Array;
  readonly state: 'live' | 'pending' | 'undelivered';
  /** Until a pending record is live. */
  readonly dueInMs: number;
  readonly failure: unknown;
}

export interface SetPassword {
  readonly recordHash: Uint8Array;
  readonly version: number;
  readonly vaults: readonly CommittedVault[];
}

const VERSION_TRIES_MAX = 16;

/**
 * The new record lies in the store, and is live or pending at all vaults that could be reached. Cut
 * off at any point, either nothing happened, or the next survey goes on.
 *
 * @throws {HoldfastError} `vaults-unreachable` before anything happened; what the shelf throws.
 */
export async function setPassword(
  ports: SetPasswordPorts,
  owner: OwnerKeys,
  password: NewPassword,
): Promise<SetPassword> {
  const { context, links, shelf } = ports;
  const clients = clientsOf(links, context);
  await Promise.all(clients.map((client) => enrolAt(ports, client, owner)));
  const authority = { seed: owner.ownerSeed.bytes() };
  const survey = await surveyVaults(context, clients, shelf, authority);
  await clearStaged(survey, owner);
  const taken = new Set(await shelf.listVersions());
  let version = greatestVersion(survey);
  for (let tries = 0; tries < VERSION_TRIES_MAX; tries++) {
    do version++;
    while (taken.has(version));
    if (version > RECORD_VERSION_MAX) {
      const state = 'there are no greater versions than that of the one before';
      throw new HoldfastError('limit-exceeded', `Cannot set the password: ${state}`);
    }
    const made = await makeRecord(ports, clients, owner, password, version);
    if (!(await shelf.putRecord(version, made.record))) continue;
    ports.onCommitting?.();
    if (!(await shelf.putCertificate(version, made.certificate))) continue;
    const vaults = await Promise.all(
      clients.map((client) => commitAt(client, made, authority.seed)),
    );
    return { recordHash: made.recordHash, version, vaults };
  }
  const state = 'other devices set passwords at the same time';
  throw new HoldfastError('contention', `Cannot set the password: ${state}`);
}

/** Stages at all vaults anew, since their answers are for one version. */
async function makeRecord(
  { context }: SetPasswordPorts,
  clients: readonly VaultClient[],
  owner: OwnerKeys,
  { stretched, salt, argon2id, t, replaced }: NewPassword,
  version: number,
): Promise<CertifiedRecord & { readonly recordHash: Uint8Array }> {
  const vaults = clients.map(({ link }) => link.identity);
  const setting = await beginSetting(context.crypto, {
    stretched,
    salt,
    argon2id,
    t,
    vaults,
    version,
  });
  try {
    await Promise.all(clients.map((client) => stageAt(client, setting, owner)));
    return await setting.finish(owner, replaced);
  } finally {
    setting.wipe();
  }
}

async function enrolAt(
  ports: SetPasswordPorts,
  client: VaultClient,
  owner: OwnerKeys,
): Promise<void> {
  const { link } = client;
  try {
    const scope = (await link.account()) === null ? null : 'enrol';
    assertDone({ outcome: await enrolOwner(ports, client, owner, scope) }, link);
  } catch (cause) {
    throw unreachable(link, cause);
  }
}

async function stageAt(client: VaultClient, setting: Setting, owner: OwnerKeys): Promise<void> {
  const { link } = client;
  const seed = owner.ownerSeed.bytes();
  try {
    const account = await link.account();
    const body = { ...setting.stageFor(link.identity), account };
    const scope = account === null ? {} : { scope: 'enrol' as const };
    const answer = await client.ask('stage', body, { seed, ...scope });
    assertDone(answer, link);
    const rest = restOf(answer, ID_BYTES + ELEMENT_BYTES);
    const recordId = rest.slice(0, ID_BYTES);
    await setting.takeStaged(link.identity, recordId, rest.slice(ID_BYTES));
  } catch (cause) {
    throw unreachable(link, cause);
  }
}

async function commitAt(
  client: VaultClient,
  { record, certificate, recordHash }: CertifiedRecord & { readonly recordHash: Uint8Array },
  seed: Uint8Array,
): Promise<CommittedVault> {
  const { name, identity } = client.link;
  const undelivered = { name, identity, state: 'undelivered', dueInMs: 0 } as const;
  try {
    const { status } = await client.ask('commit', { record, certificate }, { seed });
    const ours = status.records.find(({ hash }) => equalBytes(hash, recordHash));
    if (ours?.state !== 'live' && ours?.state !== 'pending') {
      return {
        ...undelivered,
        failure: new HoldfastError('contention', 'The vault has a newer one'),
      };
    }
    return { name, identity, state: ours.state, dueInMs: ours.dueInMs, failure: null };
  } catch (failure) {
    return { ...undelivered, failure };
  }
}

/**
 * What earlier, interrupted changes staged. What a stored record names may be committed yet, by
 * another device at this moment; it goes only when there is no place left, and if no certificate
 * names it.
 */
async function clearStaged({ vaults, records }: Survey, owner: OwnerKeys): Promise<void> {
  await Promise.all(
    vaults.map(async ({ client, status }) => {
      const staged = status?.records.filter(({ state }) => state === 'staged') ?? [];
      const isFull = staged.length >= STAGED_MAX;
      const kept = records.filter(({ certificate }) => !isFull || certificate !== null);
      for (const { id } of staged.filter((other) => !kept.some((record) => names(record, other)))) {
        const removed = { recordId: id, seenNumber: status?.log.number ?? 0 };
        try {
          await client.remove(removed, owner.ownerSeed.bytes(), null);
        } catch (cause) {
          throw unreachable(client.link, cause);
        }
      }
    }),
  );
}

function names({ body }: KnownRecord, { id }: RecordStatus): boolean {
  return body.vaults.some(({ recordId }) => equalBytes(recordId, id));
}

/**
 * Of records that the owner signed and some vault has: what one vault says alone may be a lie, and what
 * else a store has may be anybody's.
 */
function greatestVersion({ vaults, records }: Survey): number {
  const listed = vaults.flatMap(({ status }) => status?.records ?? []);
  const isCurrent = ({ hash }: KnownRecord): boolean =>
    listed.some(
      (other) =>
        (other.state === 'live' || other.state === 'pending') && equalBytes(other.hash, hash),
    );
  const current = records.filter((record) => record.certificate !== null && isCurrent(record));
  return Math.max(0, ...current.map(({ frame }) => frame.version));
}

function assertDone({ outcome }: Pick<AnswerBody, 'outcome'>, link: VaultLink): void {
  if (outcome !== 'done') throw new HoldfastError(codeOf(outcome), `${link.name}: ${outcome}`);
}

function codeOf(outcome: Outcome): 'locked-out' | 'contention' {
  return outcome === 'locked-out' ? 'locked-out' : 'contention';
}

function unreachable(link: VaultLink, cause: unknown): HoldfastError {
  const isOwn = cause instanceof HoldfastError;
  if (isOwn && (cause.code === 'locked-out' || cause.code === 'cancelled')) return cause;
  const message = `Cannot set the password: the vault at ${link.name} does not take part`;
  return new HoldfastError('vaults-unreachable', message, { cause });
}
