/**
 * One vault while a password is tried: the guess, its proof, and the end of old passwords
 * (spec/vault-protocol.md §12.2, steps 5 to 8).
 */
import { equalBytes } from '../../bytes/index.ts';
import { HoldfastError } from '../../errors/index.ts';
import type { Secret } from '../../secret/index.ts';
import { ELEMENT_BYTES } from '../limits.ts';
import type { LedgerStatus } from '../messages/index.ts';
import type { Recovery } from './recovery.ts';
import type { AskedVault } from './survey.ts';
import { restOf } from './vault-client.ts';

/** What happens while a password is tried, one vault after the other. */
export interface RecoveryEvent {
  readonly type: 'guess' | 'answer' | 'no-answer';
  readonly name: string;
  readonly identity: Uint8Array;
  /** 16 bytes. */
  readonly attemptId: Uint8Array;
}

export class Talk {
  readonly asked: AskedVault;
  status: LedgerStatus | null;
  /** Why it did not answer the guess; null when it did. */
  failure: unknown;
  /** It counts this recovery as a right guess. */
  isProved = false;
  /** The signed request that proves the guess, as long as nothing was answered to it. */
  openProof: Uint8Array | null = null;
  readonly #recovery: Recovery;

  constructor(asked: AskedVault, recovery: Recovery) {
    this.asked = asked;
    this.status = asked.status;
    this.failure = asked.failure;
    this.#recovery = recovery;
  }

  /** Guesses once; a lost answer is asked for again, which costs nothing. Never rejects. */
  async guess(onEvent: (event: RecoveryEvent) => void): Promise<void> {
    const { client } = this.asked;
    const { identity, name } = client.link;
    const guess = this.#recovery.guessFor(identity);
    const { attemptId } = guess;
    onEvent({ type: 'guess', name, identity, attemptId });
    try {
      const answer = await twice(() => client.ask('guess', guess, { scope: 'guess' }));
      this.status = answer.status;
      if (answer.outcome !== 'done') {
        throw new HoldfastError('locked-out', `Cannot guess at ${name}: ${answer.outcome}`);
      }
      await this.#recovery.takeAnswer(identity, restOf(answer, ELEMENT_BYTES));
      this.failure = null;
      onEvent({ type: 'answer', name, identity, attemptId });
    } catch (failure) {
      this.failure = failure;
      onEvent({ type: 'no-answer', name, identity, attemptId });
    }
  }

  /** Says that the guess was right, if it was answered. Never rejects. */
  async prove(proofSeed: Secret): Promise<void> {
    const { client } = this.asked;
    const proof = await this.#recovery.proofFor(client.link.identity);
    if (proof === null) return;
    try {
      const bytes = await client.sign('proof', proof, proofSeed.bytes());
      this.openProof = bytes;
      const answer = await twice(() => client.deliver('proof', bytes));
      this.openProof = null;
      this.status = answer.status;
      this.isProved = answer.outcome === 'done';
    } catch {
      // It took part; that it did not note the proof is what `openProof` says.
    }
  }

  /** Old passwords end once the new one is known to work. Never rejects. */
  async retire(proofSeed: Secret): Promise<void> {
    const records = this.status?.records ?? [];
    const { hash } = this.#recovery.record;
    const isLive = records.some(
      (record) => record.state === 'live' && equalBytes(record.hash, hash),
    );
    if (!this.isProved || !isLive || !records.some(({ state }) => state === 'old')) return;
    try {
      const answer = await this.asked.client.ask('retire', {}, { seed: proofSeed.bytes() });
      this.status = answer.status;
    } catch {
      // Its status goes on listing the old record.
    }
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
