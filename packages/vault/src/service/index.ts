export { openVault, type VaultOptions } from './open-vault.ts';
export type { VaultService } from './vault-service.ts';
