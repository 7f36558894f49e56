export { type Signatures, type Signer, signatures } from './signatures.ts';
