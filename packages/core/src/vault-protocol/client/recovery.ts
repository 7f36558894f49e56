/**
 * One try of a password against one record, without IO: blinds, takes answers, and opens the root
 * key with any t of them (spec/vault-protocol.md §12.2, steps 5 to 8).
 */
import { equalBytes } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { Secret } from '../../secret/index.ts';
import { ID_BYTES } from '../limits.ts';
import {
  deriveProofSeed,
  openPasswordBody,
  type RecordVault,
  type RequestBodies,
} from '../messages/index.ts';
import { blindInput, finalizeOutput } from '../oprf.ts';
import { joinShares, maskShare, type Share } from '../shares.ts';
import type { KnownRecord } from './find-records.ts';

/** What one vault's part in a try is; kept until its answer and its proof are through. */
interface Part {
  readonly vault: RecordVault;
  readonly blind: Uint8Array;
  readonly guess: RequestBodies['guess'];
  answered: Uint8Array | null;
  share: Share | null;
}

export interface OpenedRecord {
  readonly rootKey: Secret;
  /** The shared secret, 32 bytes. */
  readonly secret: Secret;
  /** Seed of the record's proof key, 32 bytes. */
  readonly proofSeed: Secret;
}

/** What opened the record: the secret, and the shares that it was joined from. */
interface Opening {
  readonly shares: readonly Share[];
  readonly secret: Secret;
}

export class Recovery {
  readonly record: KnownRecord;
  readonly #crypto: CryptoPort;
  readonly #stretched: Secret;
  readonly #parts: readonly Part[];
  #opening: Opening | null = null;

  /**
   * @param stretched The password after Argon2id with the record's salt and parameters, 32 bytes.
   * @param vaults Identities of those that will be asked.
   */
  constructor(
    crypto: CryptoPort,
    record: KnownRecord,
    stretched: Secret,
    vaults: readonly Uint8Array[],
  ) {
    this.#crypto = crypto;
    this.record = record;
    this.#stretched = stretched;
    const asked = record.body.vaults.filter(({ identity }) =>
      vaults.some((other) => equalBytes(other, identity)),
    );
    this.#parts = asked.map((vault) => {
      const { blind, element } = blindInput(stretched.bytes(), (n) => crypto.randomBytes(n));
      const guess = { recordHash: record.hash, attemptId: crypto.randomBytes(ID_BYTES), element };
      return { vault, blind, guess, answered: null, share: null };
    });
  }

  /** What to send this vault, the same however often it is asked. */
  guessFor(identity: Uint8Array): RequestBodies['guess'] {
    return this.#partOf(identity).guess;
  }

  /**
   * @param element What the vault answered, 33 bytes.
   * @throws {HoldfastError} `damaged` when it is none: the vault is broken, others may do.
   */
  async takeAnswer(identity: Uint8Array, element: Uint8Array): Promise<void> {
    const part = this.#partOf(identity);
    const output = finalizeOutput(this.#stretched.bytes(), part.blind, element);
    const { maskedShare, place } = part.vault;
    const bytes = await maskShare(this.#crypto, maskedShare, output, part.vault);
    output.fill(0);
    part.answered = element;
    part.share = { place, bytes };
  }

  /** How many vaults answered. */
  get answers(): number {
    return this.#parts.filter(({ share }) => share !== null).length;
  }

  /**
   * Once at most.
   *
   * @returns Null when no t of the answers open the record: too few, a wrong password, or lies.
   */
  async open(): Promise<OpenedRecord | null> {
    const { frame, body } = this.record;
    const shares = this.#parts.flatMap(({ share }) => share ?? []);
    for (const subset of subsetsOf(shares, body.t)) {
      const secret = new Secret(await joinShares(subset));
      const rootKey = await openPasswordBody(this.#crypto, frame, body, secret);
      if (rootKey !== null) {
        this.#opening = { shares: subset, secret };
        const proofSeed = await deriveProofSeed(this.#crypto, secret);
        return { rootKey, proofSeed, secret: new Secret(secret.bytes().slice()) };
      }
      secret.wipe();
    }
    return null;
  }

  /** Whether this vault's answer, if it gave one, is not on the polynomial of those that opened the record. */
  async isLiar(identity: Uint8Array): Promise<boolean> {
    const { share } = this.#partOf(identity);
    if (this.#opening === null || share === null) return false;
    const { shares, secret } = this.#opening;
    if (shares.includes(share)) return false;
    const joined = new Secret(await joinShares([...shares.slice(1), share]));
    const isLiar = !joined.equals(secret);
    joined.wipe();
    return isLiar;
  }

  /** What proves the recovery to a vault that answered; null when it did not. */
  async proofFor(identity: Uint8Array): Promise<RequestBodies['proof'] | null> {
    const { guess, answered } = this.#partOf(identity);
    if (answered === null) return null;
    return {
      attemptId: guess.attemptId,
      sentHash: await this.#crypto.sha256(guess.element),
      answeredHash: await this.#crypto.sha256(answered),
    };
  }

  wipe(): void {
    this.#stretched.wipe();
    this.#opening?.secret.wipe();
    for (const { blind, share } of this.#parts) {
      blind.fill(0);
      share?.bytes.fill(0);
    }
  }

  #partOf(identity: Uint8Array): Part {
    const part = this.#parts.find(({ vault }) => equalBytes(vault.identity, identity));
    if (part === undefined) throw new RangeError('"identity" must be of a vault that is asked');
    return part;
  }
}

/** All choices of `size` items, in order. */
function* subsetsOf<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  if (size === 0) yield [];
  for (let i = 0; size > 0 && i + size <= items.length; i++) {
    const first = items[i] as Item;
    for (const rest of subsetsOf(items.slice(i + 1), size - 1)) yield [first, ...rest];
  }
}
