export { parseProviderOrigin, providerRecipient } from './provider-origin.ts';
export { recoverySecret, recoverySubject } from './recovery-access.ts';
export {
  CHALLENGE_BYTES,
  isKeyStatementSigned,
  isSignInSigned,
  type KeyStatement,
  type SignIn,
  signKeyStatement,
  signSignIn,
} from './sign-in.ts';
