/**
 * The keyring: the epoch keys of a backup, sealed under the root key (spec/backup-format.md §5).
 *
 *     offset  bytes
 *          0      8  "HFKEYS" 00 01
 *          8   4088  sealed box: epoch count u8, then per epoch 32 bytes of key; count of earlier root
 *                    keys u8, then 32 bytes each; then zeros; associated data begins with the 8 bytes
 *                    above and the backup id
 *
 * A rotation writes a new keyring; packs of older epochs stay readable through it. Who has the newest root
 * key has all earlier ones, and never the other way round.
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
import { EARLIER_ROOT_KEYS_MAX, EPOCHS_MAX, KEYRING_BYTES } from './limits.ts';

const MAGIC = objectMagic('KEYS');
const PLAIN_BYTES = KEYRING_BYTES - MAGIC.length - BOX_OVERHEAD_BYTES;

export class Keyring {
  readonly #epochKeys: readonly Secret[];
  readonly #earlierRootKeys: readonly Secret[];

  /**
   * @param epochKeys From epoch 0 on, each 32 bytes.
   * @param earlierRootKeys Those that the root key came after, oldest first, each 32 bytes.
   */
  constructor(epochKeys: readonly Secret[], earlierRootKeys: readonly Secret[] = []) {
    if (epochKeys.length === 0 || epochKeys.length > EPOCHS_MAX) {
      throw new RangeError(`"epochKeys" must be 1 to ${EPOCHS_MAX}: got ${epochKeys.length}`);
    }
    const { length } = earlierRootKeys;
    if (length > EARLIER_ROOT_KEYS_MAX) {
      throw new RangeError(
        `"earlierRootKeys" must be 0 to ${EARLIER_ROOT_KEYS_MAX}: got ${length}`,
      );
    }
    this.#epochKeys = epochKeys;
    this.#earlierRootKeys = earlierRootKeys;
  }

  get newestEpoch(): number {
    return this.#epochKeys.length - 1;
  }

  get epochKeys(): readonly Secret[] {
    return this.#epochKeys;
  }

  /** As many as the root key's generation. */
  get earlierRootKeys(): readonly Secret[] {
    return this.#earlierRootKeys;
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
    // Room for as many new root keys as may still come: a lost device must never find none.
    const mostEpochs = EPOCHS_MAX - (EARLIER_ROOT_KEYS_MAX - this.#earlierRootKeys.length);
    if (this.#epochKeys.length >= mostEpochs) {
      throw new HoldfastError(
        'limit-exceeded',
        `Cannot begin an epoch: the keyring holds ${this.#epochKeys.length}, which is all it can`,
      );
    }
    return new Keyring([...this.#epochKeys, epochKey], this.#earlierRootKeys);
  }

  /**
   * The same for the root key that comes after the present one, with one epoch more.
   *
   * @param rootKey The present one, 32 bytes; the keyring keeps it.
   * @throws {HoldfastError} `limit-exceeded` when there is no room for either.
   */
  withNextRootKey(rootKey: Secret, epochKey: Secret): Keyring {
    if (this.#earlierRootKeys.length === EARLIER_ROOT_KEYS_MAX) {
      const most = `it was changed ${EARLIER_ROOT_KEYS_MAX} times, which is all that the keyring can hold`;
      throw new HoldfastError('limit-exceeded', `Cannot change the root key: ${most}`);
    }
    if (this.#epochKeys.length === EPOCHS_MAX) {
      const most = `its keyring holds ${EPOCHS_MAX} epochs, which is all it can`;
      throw new HoldfastError('limit-exceeded', `Cannot change the root key: ${most}`);
    }
    return new Keyring([...this.#epochKeys, epochKey], [...this.#earlierRootKeys, rootKey]);
  }

  wipe(): void {
    for (const key of [...this.#epochKeys, ...this.#earlierRootKeys]) key.wipe();
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
  writer.u8(keyring.earlierRootKeys.length);
  for (const key of keyring.earlierRootKeys) writer.raw(key.bytes());
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
  const epochKeys = readKeys(reader, count);
  const earlier = reader.u8();
  if (earlier > EARLIER_ROOT_KEYS_MAX) {
    throw reader.damaged('its number of earlier root keys is impossible');
  }
  const earlierRootKeys = readKeys(reader, earlier);
  reader.zeros();
  plain.fill(0);
  return new Keyring(epochKeys, earlierRootKeys);
}

function readKeys(reader: ByteReader, count: number): Secret[] {
  return Array.from({ length: count }, () => new Secret(reader.raw(KEY_BYTES).slice()));
}
