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
import { createECDH } from 'node:crypto';
import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { openBox, sealBox } from '@holdfast/core/wire';
import type { Hsm, WrappingKeys } from '../hsm.ts';
import { OpenCalls } from '../open-calls.ts';
import { CURVE, decodeElement, encodePoint, FIELD_BYTES } from '../p256.ts';
import { planEvaluation } from '../plan-evaluation.ts';
import { unwrapError } from '../wrapped-key.ts';
import {
  type HsmKeys,
  makeHsmKeys,
  newestNumber,
  wipeKeys,
  withNextWrappingKey,
  withoutKeysBefore,
} from './hsm-keys.ts';
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

/** Largest number of a wrapping key. */
const LAST_NUMBER = 0xffffffff;
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
 * Opens a software HSM. Several processes may have it open, on one machine.
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

  makeKey(): Promise<Uint8Array> {
    return this.#calls.run(async () => {
      await this.#refresh();
      const ecdh = createECDH(CURVE);
      ecdh.generateKeys();
      const trimmed = ecdh.getPrivateKey();
      const scalar = concatBytes(new Uint8Array(FIELD_BYTES - trimmed.length), trimmed);
      trimmed.fill(0);
      const { number, key } = this.#newest();
      const wrapped = await wrapScalar(number, key, scalar);
      scalar.fill(0);
      return wrapped;
    });
  }

  evaluate(wrapped: Uint8Array, element: Uint8Array): Promise<Uint8Array> {
    return this.#calls.run(async () => {
      const blinded = decodeElement(element);
      const parsed = parseOprfKey(wrapped);
      const { ecdh, publicKey } = await unwrapOprfKey(parsed, await this.#key(parsed.number));
      const plan = planEvaluation(blinded, publicKey);
      if (plan instanceof Uint8Array) return plan;
      return plan.settle(
        ecdh.computeSecret(encodePoint(blinded)),
        ecdh.computeSecret(encodePoint(plan.second)),
      );
    });
  }

  rewrap(wrapped: Uint8Array): Promise<Uint8Array> {
    return this.#calls.run(async () => {
      await this.#refresh();
      const parsed = parseOprfKey(wrapped);
      const { number, key } = this.#newest();
      return rewrapOprfKey(parsed, await this.#key(parsed.number), number, key);
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
      const newest = newestNumber(this.#keys);
      const older = [...this.#keys.wrappingKeys.keys()].filter((number) => number !== newest);
      return { newest, older: older.sort((a, b) => a - b), left: LAST_NUMBER - newest };
    });
  }

  nextWrappingKey(): Promise<number> {
    return this.#calls.run(async () => {
      await this.#change(withNextWrappingKey);
      return newestNumber(this.#keys);
    });
  }

  destroyWrappingKeysBefore(number: number): Promise<void> {
    return this.#calls.run(() =>
      this.#change((keys) => {
        if (!(number <= newestNumber(keys))) {
          throw new RangeError(`"number" must be at most ${newestNumber(keys)}: got ${number}`);
        }
        return withoutKeysBefore(keys, number);
      }),
    );
  }

  async close(): Promise<void> {
    if (!(await this.#calls.end())) return;
    wipeKeys(this.#keys);
    this.#seal.key.wipe();
  }

  #newest(): { readonly number: number; readonly key: Uint8Array } {
    const number = newestNumber(this.#keys);
    return { number, key: this.#keys.wrappingKeys.get(number) as Uint8Array };
  }

  /** @throws {HoldfastError} `damaged` when there is no such wrapping key. */
  async #key(number: number): Promise<Uint8Array> {
    if (!this.#keys.wrappingKeys.has(number)) await this.#refresh();
    const key = this.#keys.wrappingKeys.get(number);
    if (key === undefined) throw unwrapError();
    return key;
  }

  /** Takes over what another process has changed. */
  async #refresh(): Promise<void> {
    if ((await privateFileVersion(this.#path)) !== this.#version) await this.#read();
  }

  async #read(): Promise<void> {
    const { bytes, version } = await readPrivateFile(this.#path, "HSM's key file");
    this.#keys = await openKeyFile(this.#seal, bytes);
    this.#version = version;
  }

  async #change(change: (keys: HsmKeys) => HsmKeys): Promise<void> {
    await replacePrivateFile(this.#path, async () => {
      await this.#read();
      return sealKeyFile(this.#seal, change(this.#keys));
    });
    await this.#read();
  }
}
