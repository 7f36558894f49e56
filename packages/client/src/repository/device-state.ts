/**
 * What a device remembers of one backup, by one root key, between runs: its own id, the newest head it has seen, which
 * packs it has found damaged, and whether a backup was cut off. All of it may be lost without harm, but for one thing: who
 * remembers no head can't notice a store that shows an older state.
 */
import { randomUUID } from 'node:crypto';
import { appendFile, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { PackRef } from '@holdfast/core/backup-format';
import { fromHex, toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { makeFolders } from '../platform/make-folders.ts';
import { syncFolder } from '../platform/sync-folder.ts';

/** Snapshots of which is remembered when they were compared: one for each set of sources. */
const COMPARED_KEPT = 64;

/** The device that makes or reads a backup. */
export interface Device {
  /** For what can be made anew: the index of chunks, copies of databases while they are read. */
  readonly cacheFolder: string;
  /** For what should last: remembered heads. */
  readonly stateFolder: string;
  /** Shown beside snapshots. */
  readonly deviceName: string;
}

export interface RememberedHead {
  readonly number: number;
  /** SHA-256 of the head object. */
  readonly hash: Uint8Array;
}

export class DeviceState {
  readonly deviceName: string;
  readonly deviceId: Uint8Array;
  readonly cacheFolder: string;
  /** As the device named them, for all its backups. */
  readonly ownFolders: readonly string[];
  /**
   * Unless it is `fail`, the next head is believed, whatever is remembered or damaged: for `look`
   * without being remembered. Until there is one, what lies on the disk stays: who is cut off before
   * has lost nothing.
   */
  onStale: 'fail' | 'look' | 'accept' = 'fail';
  readonly #device: Device;
  readonly #folder: string;
  #made: Promise<void> | null = null;

  constructor(device: Device, ownId: Uint8Array, deviceId: Uint8Array) {
    const name = toHex(ownId).slice(0, 32);
    this.#device = device;
    this.deviceName = device.deviceName;
    this.deviceId = deviceId;
    this.ownFolders = [resolve(device.cacheFolder), resolve(device.stateFolder)];
    this.cacheFolder = join(device.cacheFolder, name);
    this.#folder = join(device.stateFolder, name);
  }

  /** Folders of this backup are made when there is something to remember, not for a wrong key. */
  static async open(
    device: Device,
    ownId: Uint8Array,
    randomBytes: (lengthBytes: number) => Uint8Array,
  ): Promise<DeviceState> {
    const idFile = join(device.stateFolder, 'device-id');
    makeFolders(device.stateFolder, 0o700);
    const known = await readOrNull(idFile);
    const id = known !== null && /^[0-9a-f]{32}$/.test(known) ? fromHex(known) : randomBytes(16);
    if (known === null || toHex(id) !== known) await writeWhole(idFile, toHex(id));
    return new DeviceState(device, ownId, id);
  }

  /** What this device remembers of the backup by another root key. */
  forKey(ownId: Uint8Array): DeviceState {
    return new DeviceState(this.#device, ownId, this.deviceId);
  }

  async rememberedHead(): Promise<RememberedHead | null> {
    if (this.onStale !== 'fail') return null;
    const text = await readOrNull(this.#headFile);
    if (text === null) return null;
    const match = /^(\d{1,15}) ([0-9a-f]{64})$/.exec(text);
    if (match === null) {
      // To go on as if nothing were remembered would let a store roll back unnoticed.
      const message = `Cannot read the head that this device remembers: ${this.#headFile} is damaged`;
      throw new HoldfastError('damaged', message);
    }
    return { number: Number(match[1]), hash: fromHex(match[2] as string) };
  }

  /** Durable when it answers. An older head than the one remembered changes nothing. */
  async rememberHead(head: RememberedHead): Promise<void> {
    if (this.onStale === 'look') return;
    const known = await this.rememberedHead();
    await this.#makeFolders();
    if (known !== null && known.number >= head.number) return;
    await writeWhole(this.#headFile, `${head.number} ${toHex(head.hash)}`);
    this.onStale = 'fail';
  }

  /**
   * The packs that a backup uploaded which did not come to its end.
   *
   * Only these are taken up again: what else lies in the store unnamed may be anybody's.
   */
  async unfinishedPacks(): Promise<readonly PackRef[]> {
    const packs = new Map<string, PackRef>();
    for (const line of (await readOrNull(this.#unfinishedFile))?.split('\n') ?? []) {
      const match = /^([0-9a-f]{64}) ([0-9a-f]{64}) (\d{1,2}) ([0-6])$/.exec(line);
      if (match === null) continue;
      const [, name = '', salt = '', epoch, k] = match;
      packs.set(name, {
        name: fromHex(name),
        salt: fromHex(salt),
        epoch: Number(epoch),
        k: Number(k),
      });
    }
    return [...packs.values()];
  }

  /** Notes a pack that was uploaded, until `markFinished`. */
  async noteUploaded({ name, salt, epoch, k }: PackRef): Promise<void> {
    await this.#makeFolders();
    const line = `${toHex(name)} ${toHex(salt)} ${epoch} ${k}\n`;
    await appendFile(this.#unfinishedFile, line, { mode: 0o600 });
  }

  async markFinished(): Promise<void> {
    await rm(this.#unfinishedFile, { force: true });
  }

  /**
   * Packs whose bytes were read and were not those written: their names in hex digits. Backups rely
   * on none of them, until a check has read one whole and found it sound.
   */
  async damagedPacks(): Promise<ReadonlySet<string>> {
    return await this.#readDamaged();
  }

  /** Remembers packs as damaged. */
  async noteDamaged(packs: Iterable<string>): Promise<void> {
    const known = await this.#readDamaged();
    const added = [...new Set(packs)].filter((hex) => !known.has(hex));
    if (added.length === 0) return;
    await this.#makeFolders();
    const lines = added.map((hex) => `${hex}\n`).join('');
    await appendFile(this.#damagedFile, lines, { mode: 0o600 });
  }

  /** Packs of which each byte was read, and was right. */
  async noteSound(packs: ReadonlySet<string>): Promise<void> {
    const known = await this.#readDamaged();
    const left = known.difference(packs);
    if (left.size === known.size) return;
    await writeWhole(this.#damagedFile, [...left].map((hex) => `${hex}\n`).join(''));
  }

  async #readDamaged(): Promise<Set<string>> {
    const lines = (await readOrNull(this.#damagedFile))?.split('\n') ?? [];
    return new Set(lines.filter((line) => /^[0-9a-f]{64}$/.test(line)));
  }

  async #makeFolders(): Promise<void> {
    if (this.#made === null) {
      for (const folder of [this.#folder, this.cacheFolder]) makeFolders(folder, 0o700);
      this.#made = syncFolder(dirname(this.#folder));
    }
    await this.#made;
  }

  /**
   * When this device last began to compare the sources with a snapshot, or to make it, in
   * milliseconds since 1970; null when that is not known.
   */
  async comparedAtMs(snapshot: number): Promise<number | null> {
    return (await this.#readCompared()).get(snapshot) ?? null;
  }

  async noteCompared(snapshot: number, atMs: number): Promise<void> {
    const compared = await this.#readCompared();
    compared.delete(snapshot);
    compared.set(snapshot, atMs);
    const lines = [...compared].slice(-COMPARED_KEPT).map(([number, ms]) => `${number} ${ms}\n`);
    await writeWhole(this.#comparedFile, lines.join(''));
  }

  async #readCompared(): Promise<Map<number, number>> {
    const compared = new Map<number, number>();
    for (const line of (await readOrNull(this.#comparedFile))?.split('\n') ?? []) {
      const match = /^(\d{1,10}) (\d{1,15})$/.exec(line);
      if (match !== null) compared.set(Number(match[1]), Number(match[2]));
    }
    return compared;
  }

  get #comparedFile(): string {
    return join(this.#folder, 'compared');
  }

  /** For `lockDevice`. */
  get lockFile(): string {
    return join(this.#folder, 'lock');
  }

  get #headFile(): string {
    return join(this.#folder, 'head');
  }

  get #damagedFile(): string {
    return join(this.#folder, 'damaged');
  }

  get #unfinishedFile(): string {
    return join(this.#folder, 'unfinished');
  }
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole or not at all, and durable when it answers. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.new`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
