/**
 * What a check finds: damage and warnings, each with what it affects and what to do.
 *
 * The same damage is met at many places, so a finding is kept under a key and grows while the
 * check goes on.
 */
import { pathBytes } from '../paths/path-text.ts';
import { safeName } from '../paths/safe-text.ts';

export interface Finding {
  /** `damage`: stored bytes are missing or wrong. A `warning` harms no snapshot; a `note` is nothing unusual. */
  readonly severity: 'damage' | 'warning' | 'note';
  /** Such as `packs/3f/3f12ab90… is missing`, with the whole name. */
  readonly what: string;
  /** Snapshots, up to 20 paths and how many more; shown safely, whatever bytes names hold. */
  readonly affects: readonly string[];
  /** What to do about it. */
  readonly remedy: string;
}

const PATHS_SHOWN = 20;

/** Damage that newer snapshots of the same sources do not share. */
export interface Outdated {
  readonly affected: readonly number[];
  /** The newest of the same device and sources as those affected; sound as far as this goes. */
  readonly sound: readonly number[];
}

/** A function is given null where the newest snapshots are affected too, or it is not known. */
export type Remedy = string | ((outdated: Outdated | null) => string);

/** A finding while it grows. */
export class Suspicion {
  readonly #severity: Finding['severity'];
  readonly #what: string | ((count: number) => string);
  readonly #remedy: Remedy;
  readonly #remedyIfUnneeded: string | null;
  readonly #counted = new Set<string>();
  readonly #generally = new Set<string>();
  readonly #snapshots = new Set<number>();
  readonly #paths = new Map<string, string | null>();

  /**
   * @param what A function is given how many different things were counted.
   * @param remedyIfUnneeded The remedy when it turns out to affect nothing, and is but a note.
   */
  constructor(
    severity: Finding['severity'],
    what: string | ((count: number) => string),
    remedy: Remedy,
    remedyIfUnneeded: string | null = null,
  ) {
    this.#severity = severity;
    this.#what = what;
    this.#remedy = remedy;
    this.#remedyIfUnneeded = remedyIfUnneeded;
  }

  /** Counts a thing once, however often it is met. */
  count(key: string): this {
    this.#counted.add(key);
    return this;
  }

  /** Notes something affected that is neither a snapshot nor a path. */
  affects(text: string): this {
    this.#generally.add(text);
    return this;
  }

  /** Notes a path of a snapshot. @param key As in the file table. */
  affectsPath(snapshot: number, key: Uint8Array): void {
    this.#snapshots.add(snapshot);
    const text = pathText(key);
    if (this.#paths.has(text)) return;
    this.#paths.set(text, this.#paths.size < PATHS_SHOWN ? safeName(pathBytes(key)) : null);
  }

  affectsSnapshot(snapshot: number): void {
    this.#snapshots.add(snapshot);
  }

  /** Whether noting that path again would change nothing. */
  knowsPath(snapshot: number, key: Uint8Array): boolean {
    return this.#snapshots.has(snapshot) && this.#paths.has(pathText(key));
  }

  /** @param newest By number of a snapshot, the newest of the same device and sources. */
  finding(newest: ReadonlyMap<number, number> = new Map()): Finding {
    const affects = [...this.#generally];
    if (this.#snapshots.size > 0) affects.push(numbersText('snapshot', [...this.#snapshots]));
    for (const path of this.#paths.values()) if (path !== null) affects.push(path);
    const more = this.#paths.size - PATHS_SHOWN;
    if (more > 0) affects.push(`and ${more} more`);
    const what = typeof this.#what === 'string' ? this.#what : this.#what(this.#counted.size);
    if (affects.length === 0 && this.#remedyIfUnneeded !== null) {
      return { severity: 'note', what, affects, remedy: this.#remedyIfUnneeded };
    }
    const given = this.#remedy;
    const remedy = typeof given === 'string' ? given : given(this.#outdated(newest));
    return { severity: this.#severity, what, affects, remedy };
  }

  #outdated(newest: ReadonlyMap<number, number>): Outdated | null {
    if (this.#generally.size > 0 || this.#snapshots.size === 0) return null;
    const sound = new Set([...this.#snapshots].map((number) => newest.get(number) ?? number));
    if (!sound.isDisjointFrom(this.#snapshots)) return null;
    return { affected: [...this.#snapshots], sound: [...sound] };
  }
}

export class Suspicions {
  readonly #byKey = new Map<string, Suspicion>();

  /** The one of that key, made when there is none yet. */
  get(key: string, make: () => Suspicion): Suspicion {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#byKey.set(key, made);
    return made;
  }

  get count(): number {
    return this.#byKey.size;
  }

  /**
   * Damage first, then in the order in which it was met.
   *
   * @param newest As of `Suspicion.finding`.
   */
  findings(newest: ReadonlyMap<number, number> = new Map()): Finding[] {
    const all = [...this.#byKey.values()].map((suspicion) => suspicion.finding(newest));
    const isDamage = ({ severity }: Finding): boolean => severity === 'damage';
    return [...all.filter(isDamage), ...all.filter((finding) => !isDamage(finding))];
  }
}

/** `head 3`, `heads 3–7, 9`. @param numbers At least one. */
export function numbersText(noun: string, numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const runs: { first: number; last: number }[] = [];
  for (const number of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && number === run.last + 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  const texts = runs.map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`));
  return `${noun}${sorted.length > 1 ? 's' : ''} ${texts.join(', ')}`;
}

/** A text that is the same for the same bytes only. */
function pathText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
