// `start-vault FOLDER [OPTIONS]` for shell scripts.
import { startForScript } from '../server-process/start-server.ts';
import { startVault } from './start-vault.ts';

await startForScript(startVault);
