export {
  type BuiltInIssuer,
  type BuiltInIssuerOptions,
  builtInIssuerName,
  makeBuiltInIssuer,
} from './built-in-issuer.ts';
export { type IssuerKeys, parseIssuerKeys } from './issuer-keys.ts';
export { type RemoteKeysOptions, remoteKeys } from './remote-keys.ts';
export {
  type Authorised,
  type Issuer,
  TOKEN_SCOPES,
  TokenChecker,
  type TokenCheckerOptions,
  type TokenScope,
} from './token-checker.ts';
export { fingerprintOf } from './token-names.ts';
