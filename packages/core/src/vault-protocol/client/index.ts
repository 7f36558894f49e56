export {
  type AskedWitness,
  askWitnesses,
  type Standing,
  type Witness,
  type WitnessOwner,
  type WitnessPorts,
} from './ask-witnesses.ts';
export { awaitEnough } from './await-enough.ts';
export {
  type ChosenRecord,
  chooseRecord,
  isEnough,
  isRefusal,
  type RecoverOptions,
} from './choose-record.ts';
export { cancelChanges, type EndedVault, type EndPorts, removePasswords } from './end-password.ts';
export { type Authority, findNamedVaults, type KnownRecord } from './find-records.ts';
export { type ReadLog, readLog } from './read-log.ts';
export {
  type PasswordPorts,
  type RecoveredKey,
  recoverByPassword,
  type VaultReport,
} from './recover-by-password.ts';
export {
  type CommittedVault,
  type NewPassword,
  type SetPassword,
  type SetPasswordPorts,
  setPassword,
} from './set-password.ts';
export type { OwnerKeys, ReplacedPassword } from './setting.ts';
export {
  type AskedVault,
  evaluableRecords,
  type Patience,
  type Survey,
  surveyVaults,
} from './survey.ts';
export type { RecoveryEvent } from './talk.ts';
export {
  type Acquaintance,
  type EarlierOwner,
  enrolOwner,
  type OwnerLine,
  type StoredRotation,
  type TellPorts,
  tellOwner,
} from './tell-owner.ts';
export { updateWitnesses } from './update-witnesses.ts';
export { type ClientContext, clientsOf, VaultClient } from './vault-client.ts';
export type { HeadShelf, RecordShelf, TokenScope, VaultLink } from './vault-link.ts';
