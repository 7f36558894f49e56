export type { Hsm, WrappingKeys } from './hsm.ts';
