export { greetVault, type VaultGreeting } from './greet-vault.ts';
export { makeVaultLink, type TrustedVault } from './http-vault-link.ts';
export { parseVaultUrl, type VaultHttpOptions } from './vault-http.ts';
