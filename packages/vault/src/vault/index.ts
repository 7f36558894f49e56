export { type EndedKeys, type EndOptions, endOlderKeys } from './end-older-keys.ts';
export { KeyRotation, type Rotation, readRotation, WRAPPING_KEY_MS } from './key-rotation.ts';
export { type LedgerCounts, LedgerReader, type LedgerReaderOptions } from './ledger-reader.ts';
export { openVault, type VaultOptions } from './open-vault.ts';
export { readServedMs } from './served-time.ts';
export { type SuspendOptions, suspendBackup } from './suspend-backup.ts';
export type { OpenedVault, Vault, VaultUpkeep } from './vault.ts';
export { countWrappedKeys, type WrappedKeys } from './wrapped-keys.ts';
