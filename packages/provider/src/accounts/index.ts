export {
  Accounts,
  type AccountsOptions,
  type Caller,
  type Entry,
  hashInvite,
  type SignedChallenge,
  type SignUp,
  type Token,
} from './accounts.ts';
export type { Challenge } from './challenges.ts';
