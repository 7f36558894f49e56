export {
  type RecoverKeyOptions,
  recoverRootKey,
  type SetNewPasswordOptions,
  setNewPassword,
  surveyAsOwner,
  type VaultsOptions,
} from './passwords.ts';
