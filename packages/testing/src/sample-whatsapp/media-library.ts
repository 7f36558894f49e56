// Writes media files where the app on the phone would: folder, name and modification time follow
// from kind and date. Beyond its true header a file is incompressible: an AES-CTR key stream.

import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, copyFileSync, mkdirSync, openSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inventLanguage, inventWords } from './chat-text.ts';
import { MEDIA_KINDS, type MediaKind } from './media-kind.ts';
import type { PlannedFile } from './media-plan.ts';
import { Random } from './random.ts';

export interface StoredMedia {
  readonly kind: MediaKind;
  readonly isSent: boolean;
  readonly isForward: boolean;
  readonly bytes: number;
  /** Relative to the sample's folder, with "/", as in `message_media.file_path`. */
  readonly path: string;
  /** Base64 of the file's SHA-256, as in `message_media.file_hash`. */
  readonly hash: string;
}

const BLOCK = Buffer.alloc(1 << 20);
const DAY_MS = 86_400_000;
const KEPT_PATHS = 512;

export class MediaLibrary {
  readonly counts = { mediaFiles: 0, mediaBytes: 0, duplicateFiles: 0 };
  readonly #folder: string;
  readonly #seed: string;
  readonly #written = new Map<number, StoredMedia>();
  readonly #madeFolders = new Set<string>();
  #day = '';
  #numberOfDay = 0;

  /** `seed` decides the files' content and must differ between two libraries of one folder. */
  constructor(folder: string, seed: string) {
    this.#folder = folder;
    this.#seed = seed;
  }

  /**
   * Writes one file of a plan. Files must come in the order of the plan and of time.
   *
   * @param older A file from before this plan; if given and the plan wants a copy, it is copied.
   */
  add(position: number, file: PlannedFile, timestampMs: number, older?: StoredMedia): StoredMedia {
    const original = file.copyOf === null ? undefined : (older ?? this.#written.get(file.copyOf));
    const random = new Random(`${this.#seed} ${position}`);
    const kind = original?.kind ?? file.kind;
    const path = this.#pathFor(kind, file.isSent, timestampMs, random);
    const target = join(this.#folder, path);
    let stored: StoredMedia;
    if (original !== undefined) {
      copyFileSync(join(this.#folder, original.path), target);
      stored = { ...original, path, isSent: file.isSent, isForward: true };
      this.counts.duplicateFiles++;
    } else {
      const hash = writeContent(target, kind, file.bytes, random);
      stored = { kind, isSent: file.isSent, isForward: false, bytes: file.bytes, path, hash };
    }
    utimesSync(target, timestampMs / 1000, timestampMs / 1000);
    this.#written.set(position, stored);
    this.#written.delete(position - KEPT_PATHS);
    this.counts.mediaFiles++;
    this.counts.mediaBytes += stored.bytes;
    return stored;
  }

  #pathFor(kind: MediaKind, isSent: boolean, timestampMs: number, random: Random): string {
    const traits = MEDIA_KINDS[kind];
    const day = new Date(timestampMs).toISOString().slice(0, 10).replaceAll('-', '');
    if (day !== this.#day) this.#numberOfDay = 0;
    this.#day = day;
    const number = `WA${String(++this.#numberOfDay).padStart(4, '0')}`;
    let folder = `Media/${traits.folder}`;
    let name = `${traits.prefix}-${day}-${number}`;
    if (kind === 'voice') folder += `/${yearAndWeek(timestampMs)}`;
    else if (isSent) folder += '/Sent';
    if (kind === 'status') name = random.hex(32).toLowerCase();
    if (kind === 'document' && random.chance(0.5)) {
      const title = inventWords(random, inventLanguage(random), 2).replaceAll(',', '');
      name = `${title} ${day}-${this.#numberOfDay}`;
    }
    if (!this.#madeFolders.has(folder)) mkdirSync(join(this.#folder, folder), { recursive: true });
    this.#madeFolders.add(folder);
    return `${folder}/${name}.${traits.extension}`;
  }
}

/** @returns the Base64 SHA-256 of what was written. */
function writeContent(path: string, kind: MediaKind, bytes: number, random: Random): string {
  const { head, tail } = MEDIA_KINDS[kind];
  const stream = createCipheriv('aes-128-ctr', random.bytes(16), random.bytes(16));
  const hash = createHash('sha256');
  const file = openSync(path, 'w');
  try {
    const write = (part: Uint8Array) => {
      hash.update(part);
      for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
    };
    const start = head(bytes, random);
    write(start);
    for (let left = bytes - start.length - tail.length; left > 0; left -= BLOCK.length) {
      write(stream.update(BLOCK.subarray(0, Math.min(left, BLOCK.length))));
    }
    write(tail);
  } finally {
    closeSync(file);
  }
  return hash.digest('base64');
}

/** `202601` for the first week of 2026: voice notes lie in one folder per week. */
function yearAndWeek(timestampMs: number): string {
  const year = new Date(timestampMs).getUTCFullYear();
  const week = Math.floor((timestampMs - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1;
  return `${year}${String(week).padStart(2, '0')}`;
}
