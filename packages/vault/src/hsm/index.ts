export type { Hsm, WrappingKeys } from './hsm.ts';
export type { Opener } from './software/key-file.ts';
export { createSoftwareHsm, openSoftwareHsm } from './software/software-hsm.ts';
export { wrappingKeyOf } from './wrapped-key.ts';
