/** How a new record is staged: with a key of its own, for one element (spec/vault-protocol.md §6.3). */
import { equalBytes } from '../../bytes/index.ts';
import { ED25519_KEY_BYTES, HASH_BYTES } from '../../wire/index.ts';
import { STAGED_MAX } from '../limits.ts';
import type { RequestBodies } from '../messages/index.ts';
import type { Ledger, VaultLimits, VaultRecord } from './ledger.ts';
import { liveOf } from './record-states.ts';
import { type Ruling, refuse, rule } from './ruling.ts';

export interface StageRuling extends Ruling {
  /** The record of an earlier request that this one repeats. */
  readonly repeats: VaultRecord | null;
  /** For a new record: whose tokens will be taken for guesses at it. */
  readonly account: Uint8Array | null;
}

/** Whether a record may be staged; it is added by `addStaged` when its key is made. */
export function mayStage(
  ledger: Ledger,
  stage: RequestBodies['stage'],
  limits: VaultLimits,
): StageRuling {
  const no = { repeats: null, account: null };
  if (ledger.lifetime >= limits.lifetime) return { ...refuse(ledger, 'locked-out'), ...no };
  const live = liveOf(ledger);
  if (live !== undefined && stage.version <= live.version) {
    return { ...refuse(ledger, 'superseded'), ...no };
  }
  const account = stage.account ?? live?.account ?? null;
  const staged = ledger.records.filter(({ state }) => state === 'staged');
  const earlier = ledger.records.find(({ stageId }) => equalBytes(stageId, stage.stageId));
  if (earlier !== undefined) {
    const isRepeat =
      earlier.state === 'staged' &&
      earlier.version === stage.version &&
      equalBytes(earlier.element, stage.element) &&
      account !== null &&
      equalBytes(earlier.account, account);
    if (!isRepeat) return { ...refuse(ledger, 'conflict'), ...no };
    return { ...rule(ledger), repeats: earlier, account: null };
  }
  if (account === null || staged.length >= STAGED_MAX) {
    return { ...refuse(ledger, 'conflict'), ...no };
  }
  return { ...rule(ledger), repeats: null, account };
}

/** @param made With an id, a key and an account of its own. */
export function addStaged(
  ledger: Ledger,
  { stageId, version, element }: RequestBodies['stage'],
  made: Pick<VaultRecord, 'id' | 'wrappedKey' | 'account'>,
): Ruling {
  const record: VaultRecord = {
    ...made,
    state: 'staged',
    version,
    hash: new Uint8Array(HASH_BYTES),
    proofPublicKey: new Uint8Array(ED25519_KEY_BYTES),
    stageId,
    element,
    row: 0,
    era: 0,
    dueMs: null,
    changedAt: 0,
  };
  return rule({ ...ledger, records: [...ledger.records, record] }, ['staged', record.id]);
}
