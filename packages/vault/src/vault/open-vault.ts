/**
 * The vault: the protocol's rules over an HSM and a record store (spec/vault-protocol.md §6).
 *
 * A change is durable before anything of it is evaluated or answered; what is answered without a
 * change was durable before.
 */
import { concatBytes, toHex } from '@holdfast/core/bytes';
import type { CryptoPort } from '@holdfast/core/crypto';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import {
  type Asked,
  assertLimits,
  DEFAULT_LIMITS,
  type Decision,
  decide,
  decodeRequest,
  encodeAnswerBody,
  encodeGreeting,
  type Finish,
  type Ledger,
  type Outcome,
  signAnswer,
  statusOf,
  type VaultContext,
  type VaultLimits,
} from '@holdfast/core/vault-protocol';
import type { Authorised } from '../authorisation/index.ts';
import { decodeElement, type Hsm } from '../hsm/index.ts';
import type { RecordStore } from '../records/index.ts';
import { signatures } from '../signatures/index.ts';
import { sweepDueLedgers } from './due-ledgers.ts';
import { Evaluations } from './evaluations.ts';
import { KeyRotation } from './key-rotation.ts';
import { LedgerUpkeep } from './ledger-upkeep.ts';
import { LedgerWalk } from './ledger-walk.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { ReadLedger } from './read-ledger.ts';
import { SealedLedgers } from './sealed-ledgers.ts';
import { openServedTime, type ServedTime } from './served-time.ts';
import { ServingKeys } from './serving-key.ts';
import type { OpenedVault, VaultUpkeep } from './vault.ts';

export interface VaultOptions {
  readonly hsm: Hsm;
  readonly records: RecordStore;
  /** Name of the token issuer that people are sent to; `hello` says it. */
  readonly issuer: string;
  readonly limits?: VaultLimits;
  /** Wall clock, milliseconds since 1970. */
  readonly now?: () => number;
  /** Never goes back; milliseconds. */
  readonly monotonicMs?: () => number;
}

/** How often a change is tried while other nodes are faster. */
const TRIES_MAX = 64;
const HOUR_MS = 3600 * 1000;
const CRYPTO: CryptoPort = { ...nodeCrypto, ed25519Verify: signatures.verify };

/**
 * @throws {HoldfastError} `internal` when the database is not of this HSM; what HSM and record store
 *   throw.
 */
export async function openVault(options: VaultOptions): Promise<OpenedVault> {
  const { limits = DEFAULT_LIMITS, monotonicMs = () => performance.now() } = options;
  assertLimits(limits);
  const { hsm, records } = options;
  const time = await openServedTime({ hsm, records, monotonicMs });
  const rotation = new KeyRotation({ hsm, records, servedMs: () => time.nowMs() });
  await rotation.step();
  const parts = { ...options, now: options.now ?? Date.now, limits, monotonicMs, time, rotation };
  const vault = new LedgerVault(parts);
  await vault.prepare();
  return vault;
}

type VaultParts = Required<VaultOptions> & {
  readonly time: ServedTime;
  /** Stepped. */
  readonly rotation: KeyRotation;
};

interface Settled {
  readonly decision: Decision;
  /** As it is in the database now. */
  readonly ledger: Ledger;
}

class LedgerVault implements OpenedVault {
  readonly #options: VaultParts;
  readonly #ledgers: SealedLedgers;
  readonly #servingKeys: ServingKeys;
  readonly #evaluations: Evaluations;
  readonly #queue = new OneAtATime();
  readonly #upkeep: LedgerUpkeep;
  readonly #walk: LedgerWalk;

  constructor(parts: VaultParts) {
    const { hsm, records, limits, time } = parts;
    this.#options = parts;
    this.#ledgers = new SealedLedgers(hsm, records, limits);
    this.#servingKeys = new ServingKeys(hsm);
    this.#evaluations = new Evaluations(hsm);
    const servedMs = (): number => time.nowMs();
    const [ledgers, queue] = [this.#ledgers, this.#queue];
    this.#upkeep = new LedgerUpkeep({ ...parts, ledgers, queue, servedMs });
    this.#walk = new LedgerWalk({ ...parts, upkeep: this.#upkeep, servedMs });
  }

  /** Before it serves: what there is to walk for is known to who looks at the database. */
  async prepare(): Promise<void> {
    await this.#walk.prepare();
  }

  get upkeep(): VaultUpkeep {
    const { rotation, time } = this.#options;
    const { number, sinceMs, keys } = rotation.current;
    return {
      wrappingKeysLeft: Math.max(0, keys.last - number),
      olderWrappingKeys: number - keys.first,
      wrappingKeyAgeMs: Math.max(0, time.nowMs() - sinceMs),
      damagedLedgers: this.#upkeep.damagedCount,
    };
  }

  async handle(bytes: Uint8Array, authorised: Authorised | null): Promise<Uint8Array> {
    const request = decodeRequest(bytes);
    const asked: Asked = { request, bytes, authorisation: authorised };
    if (request.kind === 'hello') return await this.#answer(asked, null, 'done', this.#hello());
    const { decision, ledger } = await this.#queue.run(toHex(request.backupId), () =>
      this.#settleRequest(asked, authorised),
    );
    const rest = await this.#finish(request.backupId, decision.finish);
    // What was kept a moment ago may be gone by now.
    if (rest === null) return await this.#answer(asked, ledger, 'unknown', new Uint8Array(0));
    return await this.#answer(asked, ledger, decision.outcome, rest);
  }

  async tend(): Promise<void> {
    const { records, rotation, time, now } = this.#options;
    await time.step();
    await rotation.step();
    await records.dropExpiredTokens(now());
    await this.#walk.step();
    await sweepDueLedgers(records, this.#upkeep, time.nowMs());
  }

  async check(): Promise<void> {
    await this.#options.records.check();
    await this.#servingKeys.at(this.#options.now());
  }

  /** Decides, and makes it durable, until nobody was faster. */
  async #settleRequest(asked: Asked, authorised: Authorised | null): Promise<Settled> {
    const { backupId } = asked.request;
    // Who is refused has waited for no standby: that would show that the ledger is there.
    let isSettled = false;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const before = await this.#ledgers.read(backupId, isSettled);
      const context = this.#context(this.#options.time.nowMs());
      const decision = await decide(context, before?.ledger ?? null, asked);
      if (!changesAnything(before, decision)) {
        if (isSettled) return { decision, ledger: decision.ledger };
        isSettled = true;
        continue;
      }
      const consumeToken = decision.consumesToken ? authorised : null;
      const timeMs = this.#options.now();
      const written = await this.#ledgers.write({ before, decision, timeMs, consumeToken });
      if (written === 'token-used') {
        throw new HoldfastError('token-used', 'Cannot take the token: it was used before');
      }
      if (written !== 'conflict') return { decision, ledger: written };
    }
    throw new HoldfastError('busy', 'Cannot answer: too many requests change the same ledger');
  }

  #context(servedMs: number): VaultContext {
    const { hsm, limits, rotation } = this.#options;
    return {
      crypto: CRYPTO,
      identity: hsm.identity,
      limits,
      servedMs,
      assertElement: (element) => void decodeElement(element),
      makeKey: () => hsm.makeKey(rotation.current.number),
      evaluate: (wrappedKey, element) => this.#evaluations.evaluate(wrappedKey, element),
    };
  }

  /** What goes behind the status; null when it is gone. */
  async #finish(backupId: Uint8Array, finish: Finish): Promise<Uint8Array | null> {
    switch (finish.kind) {
      case 'nothing':
        return new Uint8Array(0);
      case 'element': {
        const { prefix, wrappedKey, element } = finish;
        return concatBytes(prefix, await this.#evaluations.evaluate(wrappedKey, element));
      }
      case 'kept': {
        const { prefix, hashes } = finish;
        const objects = hashes.map((hash) => this.#ledgers.readObject(backupId, hash));
        const found = (await Promise.all(objects)).filter((object) => object !== null);
        return found.length < hashes.length ? null : concatBytes(prefix, ...found);
      }
      case 'log': {
        const entries = await this.#ledgers.readLog(backupId, finish.from);
        return concatBytes(Uint8Array.of(entries.length), ...entries);
      }
    }
  }

  #hello(): Uint8Array {
    const { hsm, limits, issuer } = this.#options;
    return encodeGreeting({
      identity: hsm.identity,
      guessLimit: limits.guesses,
      lifetimeLimit: limits.lifetime,
      delayHours: Math.ceil(limits.replacementDelayMs / HOUR_MS),
      issuer,
    });
  }

  async #answer(
    { request, bytes }: Asked,
    ledger: Ledger | null,
    outcome: Outcome,
    rest: Uint8Array,
  ): Promise<Uint8Array> {
    const { hsm, limits, now } = this.#options;
    const status = statusOf(ledger, limits, this.#options.time.nowMs());
    const timeMs = now();
    const body = encodeAnswerBody({ outcome, status, rest });
    const requestHash = nodeCrypto.sha256(bytes);
    const key = await this.#servingKeys.at(timeMs);
    const answer = { kind: request.kind, requestHash, timeMs, body };
    return await signAnswer(hsm.identity, key, answer);
  }
}

function changesAnything(before: ReadLedger | null, decision: Decision): boolean {
  return decision.ledger !== before?.ledger || decision.events.length > 0 || decision.consumesToken;
}
