/** One session with a token, logged in: PKCS#11's calls, as far as this port needs them. */
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import type { Attribute, Handle, KeyPair, Mechanism, PKCS11 } from 'pkcs11js';
import { CKF, CKM, CKR, CKU, cryptokiCode } from './cryptoki.ts';

/** Where the keys are. */
export interface TokenPlace {
  /** Path of the HSM's PKCS#11 library. */
  readonly library: string;
  /** Label of the token. */
  readonly token: string;
}

/** Longest signature or wrapped key that is asked for, in bytes. */
const ANSWER_MAX_BYTES = 512;
const FOUND_AT_ONCE = 64;

export class TokenSession {
  readonly mechanisms: ReadonlySet<number>;
  readonly #library: PKCS11;
  readonly #session: Handle;

  /** Use `openTokenSession()`. */
  constructor(library: PKCS11, session: Handle, mechanisms: ReadonlySet<number>) {
    this.#library = library;
    this.#session = session;
    this.mechanisms = mechanisms;
  }

  find(template: readonly Attribute[]): Handle[] {
    this.#library.C_FindObjectsInit(this.#session, [...template]);
    try {
      const found: Handle[] = [];
      for (;;) {
        const more = this.#library.C_FindObjects(this.#session, FOUND_AT_ONCE);
        if (more.length === 0) return found;
        found.push(...more);
      }
    } finally {
      this.#library.C_FindObjectsFinal(this.#session);
    }
  }

  /** One attribute's value. */
  read(object: Handle, type: number): Buffer {
    const [attribute] = this.#library.C_GetAttributeValue(this.#session, object, [{ type }]);
    return attribute?.value as Buffer;
  }

  write(object: Handle, attribute: Attribute): void {
    this.#library.C_SetAttributeValue(this.#session, object, [attribute]);
  }

  create(template: readonly Attribute[]): Handle {
    return this.#library.C_CreateObject(this.#session, [...template]);
  }

  copy(object: Handle, changes: readonly Attribute[]): Handle {
    return this.#library.C_CopyObject(this.#session, object, [...changes]);
  }

  destroy(object: Handle): void {
    this.#library.C_DestroyObject(this.#session, object);
  }

  generateKey(mechanism: number, template: readonly Attribute[]): Handle {
    return this.#library.C_GenerateKey(this.#session, { mechanism }, [...template]);
  }

  generateKeyPair(
    mechanism: number,
    publicTemplate: readonly Attribute[],
    privateTemplate: readonly Attribute[],
  ): KeyPair {
    const templates: [Attribute[], Attribute[]] = [[...publicTemplate], [...privateTemplate]];
    return this.#library.C_GenerateKeyPair(this.#session, { mechanism }, ...templates);
  }

  derive(mechanism: Mechanism, key: Handle, template: readonly Attribute[]): Handle {
    return this.#library.C_DeriveKey(this.#session, mechanism, key, [...template]);
  }

  wrap(wrappingKey: Handle, key: Handle): Buffer {
    const room = Buffer.alloc(ANSWER_MAX_BYTES);
    const mechanism = { mechanism: this.#wrapMechanism };
    return this.#library.C_WrapKey(this.#session, mechanism, wrappingKey, key, room);
  }

  unwrap(wrappingKey: Handle, wrapped: Uint8Array, template: readonly Attribute[]): Handle {
    return this.#library.C_UnwrapKey(
      this.#session,
      { mechanism: this.#wrapMechanism },
      wrappingKey,
      Buffer.from(wrapped),
      [...template],
    );
  }

  sign(mechanism: number, key: Handle, message: Uint8Array): Buffer {
    this.#library.C_SignInit(this.#session, { mechanism }, key);
    return this.#library.C_Sign(
      this.#session,
      Buffer.from(message),
      Buffer.alloc(ANSWER_MAX_BYTES),
    );
  }

  /** Begins to decrypt with the key: only to see whether the token lets us. */
  beginDecryption(mechanism: number, key: Handle): void {
    this.#library.C_DecryptInit(this.#session, { mechanism }, key);
  }

  /** Logs this process in, unless it is already. */
  login(user: 'user' | 'officer', pin: Secret): void {
    const type = user === 'user' ? CKU.USER : CKU.SO;
    try {
      this.#library.C_Login(this.#session, type, new TextDecoder().decode(pin.bytes()));
    } catch (error) {
      if (cryptokiCode(error) !== CKR.USER_ALREADY_LOGGED_IN) throw error;
    }
  }

  /** Logs this process out, all its sessions. */
  logout(): void {
    this.#library.C_Logout(this.#session);
  }

  close(): void {
    this.#library.C_CloseSession(this.#session);
  }

  /** RFC 5649 if the token has it, for a key's encoding may be of any length; else RFC 3394. */
  get #wrapMechanism(): number {
    return this.mechanisms.has(CKM.AES_KEY_WRAP_PAD) ? CKM.AES_KEY_WRAP_PAD : CKM.AES_KEY_WRAP;
  }
}

/** The libraries of this thread. They stay loaded, since other threads may be using them. */
const libraries = new Map<string, PKCS11>();

/**
 * Opens a session, not logged in yet.
 *
 * @throws {HoldfastError} `hsm-unusable` when library or token are not there, or PKCS#11's own error.
 */
export async function openTokenSession(place: TokenPlace): Promise<TokenSession> {
  const library = libraries.get(place.library) ?? (await loadLibrary(place.library));
  try {
    library.C_Initialize({ flags: CKF.OS_LOCKING_OK });
  } catch (error) {
    if (cryptokiCode(error) !== CKR.CRYPTOKI_ALREADY_INITIALIZED) throw error;
  }
  const slot = library
    .C_GetSlotList(true)
    .find((candidate) => library.C_GetTokenInfo(candidate).label.trimEnd() === place.token);
  if (slot === undefined) {
    throw new HoldfastError(
      'hsm-unusable',
      `Cannot use the HSM: no token "${place.token}" is there`,
    );
  }
  const mechanisms = new Set(library.C_GetMechanismList(slot));
  const session = library.C_OpenSession(slot, CKF.SERIAL_SESSION | CKF.RW_SESSION);
  return new TokenSession(library, session, mechanisms);
}

async function loadLibrary(path: string): Promise<PKCS11> {
  const pkcs11js = await import('pkcs11js').catch((cause: unknown) => {
    const state = 'the package pkcs11js is not installed, or could not be compiled';
    throw new HoldfastError('hsm-unusable', `Cannot use the HSM: ${state}`, { cause });
  });
  const library = new pkcs11js.default.PKCS11();
  try {
    library.load(path);
  } catch (cause) {
    const state = `the library ${path} can't be loaded`;
    throw new HoldfastError('hsm-unusable', `Cannot use the HSM: ${state}`, { cause });
  }
  libraries.set(path, library);
  return library;
}
