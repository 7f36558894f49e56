/**
 * What a backup tells the person besides its progress.
 */
import type { NoteEvent, OnEvent } from '../events.ts';
import { pathBytes } from '../paths/path-text.ts';

/** Notes kept for the summary; all of them are told as events. */
const NOTES_KEPT = 100;

export class BackupNotes {
  readonly #onEvent: OnEvent | undefined;
  readonly #kept: NoteEvent[] = [];

  constructor(onEvent: OnEvent | undefined) {
    this.#onEvent = onEvent;
  }

  /** The first hundred. */
  get kept(): readonly NoteEvent[] {
    return this.#kept;
  }

  add(note: NoteEvent): void {
    if (this.#kept.length < NOTES_KEPT) this.#kept.push(note);
    this.#onEvent?.(note);
  }

  addOwnFolder(path: Buffer): void {
    const message = 'Left out: the store itself, or what this device keeps for it';
    this.add({ type: 'note', code: 'own-folder-skipped', message, path });
  }

  addPartial(path: Buffer): void {
    const message = 'Left out: its name is kept for what a restore has not finished';
    this.add({ type: 'note', code: 'partial-skipped', message, path });
  }

  addEmpty(path: Buffer): void {
    const message =
      'Nothing was found here: is its disk mounted, or the phone unlocked? Older snapshots keep what they hold';
    this.add({ type: 'note', code: 'source-empty', message, path });
  }

  /** @param before The first key that is not meant; null for none. */
  addStoredAnew(key: Uint8Array, before: Uint8Array | null): void {
    const message =
      'The list of files of the snapshot before is damaged here: what there is now is read and stored anew';
    const to = before === null ? null : pathBytes(before);
    this.add({ type: 'note', code: 'stored-anew', path: pathBytes(key), before: to, message });
  }

  /** @param packs How many the store has lost or damaged, at least one. */
  addLost(packs: number): void {
    const objects = packs === 1 ? 'A pack is' : `${packs} packs are`;
    const message = `${objects} lost or damaged in the store: check tells what is affected`;
    this.add({ type: 'note', code: 'packs-lost', message });
  }
}
