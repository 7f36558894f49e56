export { SOFT_HSM_LIBRARY, SoftHsm } from './soft-hsm.ts';
