/**
 * The keyring: the epoch keys of a backup, sealed under the root key (spec/backup-format.md §5).
 *
 *     offset  bytes
 *          0      8  "HFKEYS" 00 01
 *          8   4088  sealed box: epoch count u8, then per epoch 32 bytes of key, then zeros;
 *                    associated data begins with the 8 bytes above and the backup id
 *
 * A rotation writes a new keyring; packs of older epochs stay readable through it.
 */
import { ByteReader, ByteWriter, concatBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import { Secret } from '../secret/index.ts';
import {
  assertObjectMagic,
  BOX_OVERHEAD_BYTES,
  KEY_BYTES,
  objectMagic,
  openBox,
  sealBox,
} from '../wire/index.ts';
import { EPOCHS_MAX, KEYRING_BYTES } from './limits.ts';

const MAGIC = objectMagic('KEYS');
const PLAIN_BYTES = KEYRING_BYTES - MAGIC.length - BOX_OVERHEAD_BYTES;

export class Keyring {
  readonly #epochKeys: readonly Secret[];

  /** @param epochKeys From epoch 0 on, each 32 bytes. */
  constructor(epochKeys: readonly Secret[]) {
    if (epochKeys.length === 0 || epochKeys.length > EPOCHS_MAX) {
      throw new RangeError(`"epochKeys" must be 1 to ${EPOCHS_MAX}: got ${epochKeys.length}`);
    }
    this.#epochKeys = epochKeys;
  }

  get newestEpoch(): number {
    return this.#epochKeys.length - 1;
  }

  get epochKeys(): readonly Secret[] {
    return this.#epochKeys;
  }

  /** @throws {HoldfastError} `damaged` when the keyring has no such epoch. */
  epochKey(epoch: number): Uint8Array {
    const key = this.#epochKeys[epoch];
    if (key === undefined) {
      throw new HoldfastError('damaged', 'Cannot open an object: its epoch is not in the keyring');
    }
    return key.bytes();
  }

  /**
   * The same with one epoch more; both share the other keys.
   *
   * @param epochKey 32 bytes.
   * @throws {HoldfastError} `limit-exceeded` when there is no room for it.
   */
  withNextEpoch(epochKey: Secret): Keyring {
    if (this.#epochKeys.length === EPOCHS_MAX) {
      throw new HoldfastError(
        'limit-exceeded',
        `Cannot begin an epoch: the keyring holds ${EPOCHS_MAX}, which is all it can`,
      );
    }
    return new Keyring([...this.#epochKeys, epochKey]);
  }

  wipe(): void {
    for (const key of this.#epochKeys) key.wipe();
  }
}

/** The keyring object, 4,096 bytes. */
export async function sealKeyring(
  crypto: CryptoPort,
  keyringKey: Secret,
  backupId: Uint8Array,
  keyring: Keyring,
): Promise<Uint8Array> {
  const plain = new Uint8Array(PLAIN_BYTES);
  const writer = new ByteWriter(PLAIN_BYTES).u8(keyring.epochKeys.length);
  for (const key of keyring.epochKeys) writer.raw(key.bytes());
  plain.set(writer.finish());
  const context = concatBytes(MAGIC, backupId);
  const box = await sealBox(crypto, keyringKey.bytes(), 'keyring-seal', context, plain);
  plain.fill(0);
  return concatBytes(MAGIC, box);
}

/** @throws {HoldfastError} `damaged`, or `format-too-new`. */
export async function openKeyring(
  crypto: CryptoPort,
  keyringKey: Secret,
  backupId: Uint8Array,
  object: Uint8Array,
): Promise<Keyring> {
  assertObjectMagic(object, MAGIC, 'keyring');
  if (object.length !== KEYRING_BYTES) {
    throw new HoldfastError('damaged', 'Cannot open the keyring: its length is wrong');
  }
  const context = concatBytes(MAGIC, backupId);
  const box = object.subarray(MAGIC.length);
  const plain = await openBox(crypto, keyringKey.bytes(), 'keyring-seal', context, box);
  if (plain === null) {
    throw new HoldfastError('damaged', 'Cannot open the keyring: it is damaged');
  }
  const reader = new ByteReader(plain, 'keyring');
  const count = reader.u8();
  if (count === 0 || count > EPOCHS_MAX) throw reader.damaged('its number of epochs is impossible');
  const keys: Secret[] = [];
  for (let i = 0; i < count; i++) keys.push(new Secret(reader.raw(KEY_BYTES).slice()));
  reader.zeros();
  plain.fill(0);
  return new Keyring(keys);
}
