export { type LedgerCounts, LedgerReader, type LedgerReaderOptions } from './ledger-reader.ts';
export { openVault, type VaultOptions } from './open-vault.ts';
export type { Vault } from './vault.ts';
