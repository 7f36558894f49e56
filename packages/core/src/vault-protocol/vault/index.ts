export type { Asked } from './authorise.ts';
export { decide } from './decide.ts';
export type { Authorisation, Decision, Finish, KeptObject, VaultContext } from './decision.ts';
export { DECOY } from './decoy.ts';
export { keptHashes } from './heads.ts';
export {
  assertLimits,
  DEFAULT_LIMITS,
  type Ledger,
  statusOf,
  type VaultLimits,
} from './ledger.ts';
export { decodeLedger, encodeLedger } from './ledger-codec.ts';
export { nextDueMs, settle } from './settle.ts';
export { resumeLedger, suspendLedger } from './suspending.ts';
