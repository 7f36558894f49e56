export type { VaultsOptions } from './ask-vaults.ts';
export { deliverProofs, type OpenProof } from './deliver-proofs.ts';
export {
  cancelPasswordChanges,
  type EndPasswordOptions,
  removeAllPasswords,
} from './end-passwords.ts';
export { type GuessLog, type GuessLogOptions, readGuessLogs } from './guess-logs.ts';
export {
  namedVaults,
  type RecoverKeyOptions,
  recoverRootKey,
  type SetNewPasswordOptions,
  setNewPassword,
  surveyAsOwner,
  surveyByCode,
} from './passwords.ts';
