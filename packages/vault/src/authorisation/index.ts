export {
  type BuiltInIssuer,
  type BuiltInIssuerOptions,
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
