export { openVault, type VaultOptions } from './open-vault.ts';
export type { Vault } from './vault.ts';
