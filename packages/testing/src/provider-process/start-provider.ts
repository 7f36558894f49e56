/** A backup provider as operators run it, in a process of its own: `holdfast-server provider` over SQLite and a folder. */
import { startServer } from '../server-process/start-server.ts';

export interface ProviderProcess {
  readonly url: string;
  /** Of its process, which goes on without the one that started it. */
  readonly pid: number;
}

const SERVES = /^Provider +(\S+)\n(?:.*\n)*Start a backup there/m;

/**
 * Waits until it serves. What it prints goes to the file `folder`.log.
 *
 * @param folder Where it keeps its data; the provider of one that ran there before is the same.
 * @param options Further options of `holdfast-server provider`; without `--listen`, at any free port.
 */
export async function startProvider(
  folder: string,
  options: readonly string[] = [],
): Promise<ProviderProcess> {
  // Tests ask more in a minute than people do.
  const limits = ['requests-per-address', 'requests-per-account', 'entrances-per-address'];
  const unlimited = [...limits, 'accounts-per-address'].flatMap((name) => [`--${name}`, '0']);
  const args = ['provider', ...unlimited, ...options];
  const { printed, pid } = await startServer(folder, args, SERVES);
  return { url: printed[1] ?? '', pid };
}
