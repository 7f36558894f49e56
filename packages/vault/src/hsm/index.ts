export type { Hsm, WrappingKeys } from './hsm.ts';
export { decodeElement } from './p256.ts';
export { type InitOptions, initPkcs11Hsm } from './pkcs11/init-pkcs11-hsm.ts';
export { openPkcs11Hsm, type Pkcs11Options } from './pkcs11/pkcs11-hsm.ts';
export { createSealFile, type Opener } from './software/key-file.ts';
export { createSoftwareHsm, openSoftwareHsm } from './software/software-hsm.ts';
export { wrappingKeyOf } from './wrapped-key.ts';
