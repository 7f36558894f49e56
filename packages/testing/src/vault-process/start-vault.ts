/**
 * A vault as operators run it, in a process of its own: `holdfast-server vault` over SQLite and the
 * software HSM.
 */
import { startServer } from '../server-process/start-server.ts';

export interface VaultProcess {
  readonly url: string;
  /** 64 hex digits. */
  readonly fingerprint: string;
  /** Of its process, which goes on without the one that started it. */
  readonly pid: number;
}

const SERVES =
  /^Fingerprint +([0-9a-f ]+)\n +([0-9a-f ]+)\nAddress +(\S+)\n(?:.*\n)*Give people both/m;

/**
 * Waits until it serves. What it prints goes to the file `folder`.log.
 *
 * @param folder Where it keeps its data; the vault of one that ran there before is the same.
 * @param options Further options of `holdfast-server vault`; without `--listen`, at any free port.
 */
export async function startVault(
  folder: string,
  options: readonly string[] = [],
): Promise<VaultProcess> {
  // Tests ask more in a minute than people do.
  const limits = ['requests-per-address', 'requests-per-account', 'tokens-per-address'];
  const unlimited = limits.flatMap((name) => [`--${name}`, '0']);
  const { printed, pid } = await startServer(folder, ['vault', ...unlimited, ...options], SERVES);
  const [, first = '', second = '', url = ''] = printed;
  return { url, fingerprint: (first + second).replaceAll(' ', ''), pid };
}
