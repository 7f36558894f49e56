/**
 * A folder for the copies of databases that a run makes while it reads them.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A process's id follows. */
const PREFIX = 'databases-';

export class DatabaseCopies {
  readonly #cacheFolder: string;
  #folder: Promise<string> | null = null;

  /** @param cacheFolder An existing folder of this backup's own. */
  constructor(cacheFolder: string) {
    this.#cacheFolder = cacheFolder;
  }

  /** Removes copies that a run left behind which was killed. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#cacheFolder)) {
      const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
      if (pid === undefined || isRunning(Number(pid))) continue;
      await rm(join(this.#cacheFolder, name), { recursive: true, force: true });
    }
  }

  /** The folder, made when it is first asked for. */
  folder(): Promise<string> {
    this.#folder ??= mkdtemp(join(this.#cacheFolder, `${PREFIX}${process.pid}-`));
    return this.#folder;
  }

  async remove(): Promise<void> {
    if (this.#folder !== null) await rm(await this.#folder, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
