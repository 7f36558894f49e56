export { startVault, type VaultProcess } from './start-vault.ts';
