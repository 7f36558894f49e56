/** Where this device keeps configuration, state and cache, each apart. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Terminal } from '../terminal/terminal.ts';

export interface Folders {
  /** What the person decided; worth a copy. */
  readonly config: string;
  /** What this device knows, its key among it; private, and lost with the device. */
  readonly state: string;
  /** What can be fetched again. */
  readonly cache: string;
}

/** `$HOLDFAST_HOME` if set; else the XDG folders, `~/Library`, or `%APPDATA%`. */
export function findFolders(
  env: Terminal['env'],
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): Folders {
  if (env.HOLDFAST_HOME) {
    const root = resolve(env.HOLDFAST_HOME);
    return {
      config: join(root, 'config'),
      state: join(root, 'state'),
      cache: join(root, 'cache'),
    };
  }
  if (platform === 'darwin') {
    const support = join(home, 'Library', 'Application Support', 'holdfast');
    return {
      config: join(support, 'config'),
      state: join(support, 'state'),
      cache: join(home, 'Library', 'Caches', 'holdfast'),
    };
  }
  if (platform === 'win32') {
    const roaming = env.APPDATA || join(home, 'AppData', 'Roaming');
    const local = env.LOCALAPPDATA || join(home, 'AppData', 'Local');
    return {
      config: join(roaming, 'holdfast'),
      state: join(local, 'holdfast', 'state'),
      cache: join(local, 'holdfast', 'cache'),
    };
  }
  const base = (name: string, fallback: string): string => {
    const value = env[name];
    return join(value && isAbsolute(value) ? value : join(home, fallback), 'holdfast');
  };
  return {
    config: base('XDG_CONFIG_HOME', '.config'),
    state: base('XDG_STATE_HOME', '.local/state'),
    cache: base('XDG_CACHE_HOME', '.cache'),
  };
}
