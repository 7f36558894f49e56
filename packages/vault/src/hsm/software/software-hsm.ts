/**
 * The HSM as software: its keys lie in a sealed file, and in this process's memory while it is open.
 * Whoever reads either has them all; a hardware HSM is for who fears that.
 *
 * The oblivious function is two ECDH derives of OpenSSL's, as on a hardware HSM: Node has no
 * multiplication that answers both coordinates. So k is seen by native code alone, which works in
 * constant time. The arithmetic in JavaScript, in variable time, is on points: kG, the element, which
 * its client has blinded, and the answer, which leaves for that client. Of Node's ways to derive,
 * `ECDH.computeSecret()` costs least for a key that is used twice and then dropped: key objects
 * derive faster, but take longer to make than that saves.
 */
import { createECDH, timingSafeEqual } from 'node:crypto';
import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { openBox, sealBox } from '@holdfast/core/wire';
import type { Hsm, WrappingKeys } from '../hsm.ts';
import { OpenCalls } from '../open-calls.ts';
import { CURVE, decodeElement, encodePoint, FIELD_BYTES } from '../p256.ts';
import { planEvaluation } from '../plan-evaluation.ts';
import { missingKeyError, unwrapError } from '../wrapped-key.ts';
import { type HsmKeys, makeHsmKeys, wipeKeys } from './hsm-keys.ts';
import {
  type FileSeal,
  makeFileSeal,
  type Opener,
  openKeyFile,
  readFileSeal,
  sealKeyFile,
} from './key-file.ts';
import { parseOprfKey, rewrapOprfKey, unwrapOprfKey, wrapScalar } from './oprf-key.ts';
import {
  createPrivateFile,
  privateFileVersion,
  readPrivateFile,
  replacePrivateFile,
} from './private-file.ts';
import { LAST_WRAPPING_KEY } from './wrapping-keys.ts';

const STATE_PURPOSE = 'hsm-state';

/**
 * Makes a software HSM: a new identity, and all other keys.
 *
 * @param path Of the file that is to hold them. Nothing is overwritten.
 * @throws {HoldfastError} `hsm-unusable` when something is there, or it can't be made.
 */
export async function createSoftwareHsm(path: string, opener: Opener): Promise<void> {
  const seal = await makeFileSeal(opener);
  const keys = makeHsmKeys();
  try {
    await createPrivateFile(path, await sealKeyFile(seal, keys));
  } finally {
    wipeKeys(keys);
    seal.key.wipe();
  }
}

/**
 * Opens a software HSM. Several processes may have it open; on several machines, each a copy of its file.
 *
 * @throws {HoldfastError} `hsm-unusable` when others can read its file or the file that seals it, or
 *   `opener` does not open it; `damaged`, `format-too-new`.
 */
export async function openSoftwareHsm(path: string, opener: Opener): Promise<Hsm> {
  const { bytes, version } = await readPrivateFile(path, "HSM's key file");
  const seal = await readFileSeal(bytes, opener);
  try {
    return new SoftwareHsm(path, seal, await openKeyFile(seal, bytes), version);
  } catch (error) {
    seal.key.wipe();
    throw error;
  }
}

class SoftwareHsm implements Hsm {
  readonly identity: Uint8Array;
  readonly #path: string;
  readonly #seal: FileSeal;
  readonly #calls = new OpenCalls('HSM');
  #keys: HsmKeys;
  /** Of the file that `#keys` were read from. */
  #version: string;

  constructor(path: string, seal: FileSeal, keys: HsmKeys, version: string) {
    this.#path = path;
    this.#seal = seal;
    this.#keys = keys;
    this.#version = version;
    this.identity = nodeCrypto.ed25519PublicKey(keys.identitySeed);
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    return this.#calls.run(async () => nodeCrypto.ed25519Sign(this.#keys.identitySeed, message));
  }

  makeKey(wrappingKey: number): Promise<Uint8Array> {
    return this.#calls.run(() =>
      this.#wrapUnder(wrappingKey, async (key) => {
        const ecdh = createECDH(CURVE);
        ecdh.generateKeys();
        const trimmed = ecdh.getPrivateKey();
        const scalar = concatBytes(new Uint8Array(FIELD_BYTES - trimmed.length), trimmed);
        trimmed.fill(0);
        const wrapped = await wrapScalar(wrappingKey, key, scalar);
        scalar.fill(0);
        return wrapped;
      }),
    );
  }

  evaluate(wrapped: Uint8Array, element: Uint8Array): Promise<Uint8Array> {
    return this.#calls.run(async () => {
      const blinded = decodeElement(element);
      const parsed = parseOprfKey(wrapped);
      const { ecdh, publicKey } = await this.#unwrapBy(parsed.number, (key) =>
        unwrapOprfKey(parsed, key),
      );
      const plan = planEvaluation(blinded, publicKey);
      if (plan instanceof Uint8Array) return plan;
      return plan.settle(
        ecdh.computeSecret(encodePoint(blinded)),
        ecdh.computeSecret(encodePoint(plan.second)),
      );
    });
  }

  rewrap(wrapped: Uint8Array, wrappingKey: number): Promise<Uint8Array> {
    return this.#calls.run(async () => {
      const parsed = parseOprfKey(wrapped);
      return await this.#wrapUnder(wrappingKey, (newKey) =>
        this.#unwrapBy(parsed.number, (key) => rewrapOprfKey(parsed, key, wrappingKey, newKey)),
      );
    });
  }

  seal(context: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.#calls.run(() =>
      sealBox(nodeCrypto, this.#keys.stateKey, STATE_PURPOSE, context, plaintext),
    );
  }

  open(context: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | null> {
    return this.#calls.run(() =>
      openBox(nodeCrypto, this.#keys.stateKey, STATE_PURPOSE, context, sealed),
    );
  }

  wrappingKeys(): Promise<WrappingKeys> {
    return this.#calls.run(async () => {
      await this.#refresh();
      return { first: this.#keys.wrappingKeys.first, last: LAST_WRAPPING_KEY };
    });
  }

  destroyWrappingKeysBefore(number: number): Promise<void> {
    return this.#calls.run(async () => {
      await this.#refresh();
      if (!(number <= LAST_WRAPPING_KEY)) {
        throw new RangeError(`"number" must be at most ${LAST_WRAPPING_KEY}: got ${number}`);
      }
      if (number <= this.#keys.wrappingKeys.first) return;
      await replacePrivateFile(this.#path, await sealKeyFile(this.#seal, this.#keys, number));
      await this.#read();
    });
  }

  async close(): Promise<void> {
    if (!(await this.#calls.end())) return;
    wipeKeys(this.#keys);
    this.#seal.key.wipe();
  }

  /** @throws {HoldfastError} `hsm-unusable` when there is no such wrapping key. */
  async #wrapUnder<T>(number: number, use: (key: Uint8Array) => Promise<T>): Promise<T> {
    await this.#refresh();
    return await withKey(this.#keys.wrappingKeys.key(number), use, () => missingKeyError(number));
  }

  /** @throws {HoldfastError} `damaged` when there is no such wrapping key any more. */
  async #unwrapBy<T>(number: number, use: (key: Uint8Array) => Promise<T>): Promise<T> {
    return await withKey(this.#keys.wrappingKeys.key(number), use, unwrapError);
  }

  /** Takes over what another process has changed. */
  async #refresh(): Promise<void> {
    if ((await privateFileVersion(this.#path)) !== this.#version) await this.#read();
  }

  async #read(): Promise<void> {
    const { bytes, version } = await readPrivateFile(this.#path, "HSM's key file");
    const read = await openKeyFile(this.#seal, bytes);
    const { identitySeed, stateKey, wrappingKeys } = this.#keys;
    if (!isSameVault(read, this.#keys)) {
      wipeKeys(read);
      throw new HoldfastError(
        'hsm-unusable',
        'Cannot use the HSM: its key file is of another vault',
      );
    }
    // Calls under way may be using the others, which are the same.
    this.#keys = { identitySeed, stateKey, wrappingKeys: read.wrappingKeys };
    this.#version = version;
    wrappingKeys.wipe();
    read.identitySeed.fill(0);
    read.stateKey.fill(0);
  }
}

function isSameVault(a: HsmKeys, b: HsmKeys): boolean {
  return timingSafeEqual(a.identitySeed, b.identitySeed) && timingSafeEqual(a.stateKey, b.stateKey);
}

/** Wipes the key after its use. */
async function withKey<T>(
  key: Uint8Array | null,
  use: (key: Uint8Array) => Promise<T>,
  missing: () => Error,
): Promise<T> {
  if (key === null) throw missing();
  try {
    return await use(key);
  } finally {
    key.fill(0);
  }
}
