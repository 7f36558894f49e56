// `start-provider FOLDER [OPTIONS]` for shell scripts.
import { startForScript } from '../server-process/start-server.ts';
import { startProvider } from './start-provider.ts';

await startForScript(startProvider);
