export type { ProblemCode } from './problem.ts';
export { type Answered, type RequestLimits, type VaultAppOptions, vaultApp } from './vault-app.ts';
