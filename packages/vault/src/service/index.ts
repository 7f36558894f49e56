export type { VaultService } from './vault-service.ts';
