/**
 * Gathers the placements of many files before they are written: the more there are at hand, the
 * more of what lies together in packs is fetched together.
 */
import type { JobSink, Placement } from './placement.ts';

/** Files that are made before they are written; as many are being written meanwhile. */
const FILES_GATHERED = 128;
const PLACEMENTS_GATHERED = 4096;

export class PlacementQueue implements JobSink {
  readonly #writer: JobSink;
  #gathered: Placement[] = [];
  #files = 0;
  #putting: Promise<void> = Promise.resolve();

  constructor(writer: JobSink) {
    this.#writer = writer;
  }

  async put(placements: readonly Placement[]): Promise<void> {
    for (const placement of placements) {
      placement.file.expect();
      this.#gathered.push(placement);
    }
    if (this.#gathered.length >= PLACEMENTS_GATHERED) await this.#pass();
  }

  /** All placements of one more file are here. */
  async endFile(): Promise<void> {
    if (++this.#files >= FILES_GATHERED) await this.#pass();
  }

  async drain(): Promise<void> {
    await this.#pass();
    await this.#putting;
    await this.#writer.drain();
  }

  async advance(): Promise<boolean> {
    await this.#pass();
    return await this.#writer.advance();
  }

  /** Waits until nobody writes any more, however it ended. */
  async abandon(): Promise<void> {
    await this.#putting.catch(() => undefined);
    await this.#writer.drain().catch(() => undefined);
  }

  /** Passes on what was gathered, as soon as what was gathered before is taken: waits for that. */
  async #pass(): Promise<void> {
    const placements = this.#gathered;
    this.#gathered = [];
    this.#files = 0;
    const before = this.#putting;
    this.#putting = before.then(() => this.#writer.put(placements));
    this.#putting.catch(() => undefined);
    await before;
  }
}
