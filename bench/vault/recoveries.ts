/**
 * Whole recoveries against a vault: a guess, and the proof that it was right. What the person's
 * device computes (stretching, blinding, unblinding) is done once beforehand, so that the clients'
 * core keeps up.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import {
  ARGON2ID_DEFAULT,
  accountOf,
  backupIdOf,
  blindInput,
  decodeAnswerBody,
  encodeRequest,
  encodeRequestBody,
  type OwnerKeys,
  openAnswer,
  type RecordShelf,
  type RequestKind,
  recoverByPassword,
  setPassword,
  signRequest,
  type VaultLink,
} from '@holdfast/core/vault-protocol';

const ISSUER = 'https://identity.example.org';
const TOKEN_SECONDS = 600;
const ELEMENTS = 8;
/** In an answer: after magic, kind, hash of the request and time. */
const OUTCOME_OFFSET = 49;

export interface Issuer {
  readonly name: string;
  readonly publicKeyPem: string;
  readonly privateKey: KeyObject;
}

/** The vault, and how to reach it. */
export interface Target {
  readonly identity: Uint8Array;
  readonly fingerprint: string;
  readonly issuer: Issuer;
  send(kind: RequestKind, request: Uint8Array, token: string | null): Promise<Uint8Array>;
}

/** Somebody with a password at the vault. */
export interface Person {
  readonly subject: string;
  readonly backupId: Uint8Array;
  readonly recordHash: Uint8Array;
  readonly proofSeed: Uint8Array;
  /** Take turns: a vault remembers for a while what it evaluated. */
  readonly elements: readonly Element[];
}

export interface Element {
  readonly element: Uint8Array;
  /** SHA-256 of the element, and of what the vault answers to it. */
  readonly sentHash: Uint8Array;
  readonly answeredHash: Uint8Array;
}

export function makeIssuer(): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const publicKeyPem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return { name: ISSUER, publicKeyPem, privateKey };
}

/** What a device sends for one recovery, ready to be sent. */
export interface Recovery {
  readonly token: string;
  readonly guess: Uint8Array;
  readonly proof: Uint8Array;
}

/** @param turn Which of the person's elements. */
export async function makeRecovery(
  target: Target,
  person: Person,
  turn: number,
): Promise<Recovery> {
  const { recordHash, elements, subject } = person;
  const { element, sentHash, answeredHash } = elements[turn % elements.length] as Element;
  const attemptId = nodeCrypto.randomBytes(16);
  const guess = makeFrame(target, person, 'guess', { recordHash, attemptId, element });
  const proof = makeFrame(target, person, 'proof', { attemptId, sentHash, answeredHash });
  return {
    token: makeToken(target, subject, 'guess'),
    guess: encodeRequest(guess),
    proof: await signRequest(nodeCrypto, proof, person.proofSeed),
  };
}

/** Both messages; throws unless the vault counts the recovery as right. */
export async function recoverBy(target: Target, recovery: Recovery): Promise<void> {
  await target.send('guess', recovery.guess, recovery.token);
  const answer = await target.send('proof', recovery.proof, null);
  const outcome = answer[OUTCOME_OFFSET];
  if (outcome !== 0) throw new Error(`The vault must count the recovery: outcome ${outcome}`);
}

/** Sets a password as anybody does, and learns what the vault answers to one element. */
export async function makePerson(target: Target): Promise<Person> {
  const subject = randomBytes(16).toString('hex');
  const link = linkFor(target, subject);
  const owner = await makeOwner();
  const shelf = makeShelf();
  const context = { crypto: nodeCrypto, now: Date.now, backupId: owner.backupId };
  const stretched = (): Secret => new Secret(new Uint8Array(32).fill(7));
  const salt = new Uint8Array(16);
  await setPassword({ context, links: [link], shelf }, owner, {
    stretched: stretched(),
    salt,
    argon2id: ARGON2ID_DEFAULT,
    t: 1,
    replaced: null,
  });
  const { record, proofSeed, reports } = await recoverByPassword(
    {
      context,
      links: [link],
      shelf,
      stretch: async () => stretched(),
      deriveOwner: async () => owner,
      sleep: async (ms) => await setTimeout(ms, undefined, { ref: false }),
    },
    { minimumT: 1 },
  );
  await reports;
  const known = { subject, backupId: owner.backupId, recordHash: record.hash };
  const person: Person = { ...known, proofSeed: proofSeed.bytes().slice(), elements: [] };
  const elements: Element[] = [];
  for (let i = 0; i < ELEMENTS; i++) {
    elements.push(await learnAnswer(target, person));
    await recoverBy(target, await makeRecovery(target, { ...person, elements }, i));
  }
  return { ...person, elements };
}

async function learnAnswer(target: Target, person: Person): Promise<Element> {
  const { element } = blindInput(new Uint8Array(32), nodeCrypto.randomBytes);
  const attemptId = nodeCrypto.randomBytes(16);
  const body = { recordHash: person.recordHash, attemptId, element };
  const bytes = encodeRequest(makeFrame(target, person, 'guess', body));
  const token = makeToken(target, person.subject, 'guess');
  const answer = await target.send('guess', bytes, token);
  const asked = { requestHash: nodeCrypto.sha256(bytes), nowMs: Date.now() };
  const { rest } = decodeAnswerBody(
    (await openAnswer(nodeCrypto, target.identity, asked, answer)).body,
  );
  return { element, sentHash: nodeCrypto.sha256(element), answeredHash: nodeCrypto.sha256(rest) };
}

async function makeOwner(): Promise<OwnerKeys> {
  const ownerSeed = new Secret(nodeCrypto.randomBytes(32));
  const ownerPublicKey = nodeCrypto.ed25519PublicKey(ownerSeed.bytes());
  const backupId = await backupIdOf(nodeCrypto, ownerPublicKey);
  const rootKey = new Secret(nodeCrypto.randomBytes(32));
  return { rootKey, ownerSeed, ownerPublicKey, headPublicKey: ownerPublicKey, backupId };
}

function makeShelf(): RecordShelf {
  const records = new Map<number, Uint8Array>();
  const certificates = new Map<number, Uint8Array>();
  return {
    listVersions: async () => [...records.keys()],
    getRecord: async (version) => records.get(version) ?? null,
    getCertificate: async (version) => certificates.get(version) ?? null,
    putRecord: async (version, bytes) => records.set(version, bytes).has(version),
    putCertificate: async (version, bytes) => certificates.set(version, bytes).has(version),
  };
}

function linkFor(target: Target, subject: string): VaultLink {
  return {
    identity: target.identity,
    name: 'the vault',
    account: async () => await accountOf(nodeCrypto, target.issuer.name, subject),
    async send(kind, bytes, scope) {
      const token = scope === null ? null : makeToken(target, subject, scope);
      return await target.send(kind, bytes, token);
    },
  };
}

function makeFrame<Kind extends 'guess' | 'proof'>(
  { identity }: Target,
  { backupId }: Pick<Person, 'backupId'>,
  kind: Kind,
  body: Parameters<typeof encodeRequestBody<Kind>>[1],
) {
  const nonce = nodeCrypto.randomBytes(32);
  return { kind, vault: identity, backupId, nonce, body: encodeRequestBody(kind, body) };
}

function makeToken({ fingerprint, issuer }: Target, subject: string, scope: string): string {
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer.name,
    aud: fingerprint,
    sub: subject,
    jti: randomBytes(16).toString('base64url'),
    iat,
    exp: iat + TOKEN_SECONDS,
    scope,
  };
  const signed = `${encode({ alg: 'EdDSA' })}.${encode(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), issuer.privateKey).toString('base64url')}`;
}
