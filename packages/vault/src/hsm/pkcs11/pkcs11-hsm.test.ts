/** Runs the HSM contract on the real SoftHSM2, and what is PKCS#11's alone. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createECDH } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { testHsmContract } from '@holdfast/testing/hsm-contract';
import { SOFT_HSM_LIBRARY, SoftHsm } from '@holdfast/testing/soft-hsm';
import type { Attribute, Handle, PKCS11 } from 'pkcs11js';
import type { Hsm } from '../hsm.ts';
import { CURVE } from '../p256.ts';
import { CKA, CKF, CKM, CKO, CKU } from './cryptoki.ts';
import { type InitOptions, initPkcs11Hsm } from './init-pkcs11-hsm.ts';
import { withNestedTemplate } from './nested-template.ts';
import { openPkcs11Hsm } from './pkcs11-hsm.ts';
import { expandInToken } from './state-key.ts';
import { dataTemplate, LABELS, named, OPRF_KEY, P256, wrappingKeyTemplate } from './templates.ts';
import { findTokenKeys } from './token-keys.ts';
import { openTokenSession, type TokenPlace, type TokenSession } from './token-session.ts';
import { encodeOprfKey } from './wrapped-oprf-key.ts';

const ADD_KEYS = fileURLToPath(new URL('./fixture/add-wrapping-keys.ts', import.meta.url));
const UNUSABLE = { name: 'HoldfastError', code: 'hsm-unusable' };
const GENERATOR = Uint8Array.fromHex(
  '036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
);

if (SOFT_HSM_LIBRARY === null) {
  test('the PKCS#11 HSM on SoftHSM2', { skip: 'NOT RUN: softhsm2 is not installed' }, () => {});
} else {
  testOn(SOFT_HSM_LIBRARY);
}

function testOn(library: string): void {
  const softHsm = new SoftHsm(30);
  after(() => softHsm[Symbol.dispose]());

  const pin = (text: string): Secret => new Secret(new TextEncoder().encode(text));

  /** An initialised token that no vault has used. */
  function newToken(): TokenPlace {
    return { library, token: softHsm.takeToken() };
  }

  async function setUp(place: TokenPlace, options: Partial<InitOptions> = {}): Promise<void> {
    const pins = { officerPin: pin(softHsm.officerPin), userPin: pin(softHsm.userPin) };
    await initPkcs11Hsm({ ...place, ...pins, wrappingKeys: 5, ...options });
  }

  async function newVaultToken(options: Partial<InitOptions> = {}): Promise<TokenPlace> {
    const place = newToken();
    await setUp(place, options);
    return place;
  }

  function open(place: TokenPlace, sessions = 2): Promise<Hsm> {
    return openPkcs11Hsm({ ...place, userPin: pin(softHsm.userPin), sessions });
  }

  /** A session of this thread's own, in which the process is logged in. */
  async function session(place: TokenPlace, user: 'user' | 'officer'): Promise<TokenSession> {
    const opened = await openTokenSession(place);
    opened.login(user, pin(user === 'user' ? softHsm.userPin : softHsm.officerPin));
    return opened;
  }

  /** The library that the HSM's threads use, too, to do behind their backs what befalls tokens. */
  async function loadNative(): Promise<PKCS11> {
    const native = new (await import('pkcs11js')).default.PKCS11();
    native.load(library);
    return native;
  }

  function slotOf(native: PKCS11, { token }: TokenPlace): Handle {
    const slot = native
      .C_GetSlotList(true)
      .find((candidate) => native.C_GetTokenInfo(candidate).label.trimEnd() === token);
    assert.ok(slot !== undefined);
    return slot;
  }

  testHsmContract('the PKCS#11 HSM on SoftHSM2', async () => {
    const [place, otherPlace] = [await newVaultToken(), await newVaultToken()];
    const [hsm, other] = [await open(place), await open(otherPlace)];
    return {
      hsm,
      other,
      openAgain: () => open(place),
      destroy: async () => {
        await hsm.close();
        await other.close();
      },
    };
  });

  describe('the PKCS#11 HSM on SoftHSM2', () => {
    test('evaluates as the vectors of RFC 9497 say', async () => {
      const url = new URL('../../../../../vectors/vault-protocol/oprf.json', import.meta.url);
      const { given, cases } = JSON.parse(readFileSync(url, 'utf8')) as {
        readonly given: { readonly secretKey: string };
        readonly cases: readonly {
          readonly blindedElement: string;
          readonly evaluatedElement: string;
        }[];
      };
      const place = await newVaultToken();
      const own = await session(place, 'user');
      const keys = findTokenKeys(own);
      const scalar = Buffer.from(given.secretKey, 'hex');
      const ecdh = createECDH(CURVE);
      ecdh.setPrivateKey(scalar);
      const parameters: Attribute[] = [
        { type: CKA.EC_PARAMS, value: P256 },
        { type: CKA.VALUE, value: scalar },
      ];
      const key = own.create([...OPRF_KEY, ...parameters]);
      const wrappingKey = keys.wrappingKeys.get(1);
      assert.ok(wrappingKey !== undefined);
      const wrapped = encodeOprfKey(
        (purpose, context) => expandInToken(own, keys.stateKey, purpose, context),
        1,
        ecdh.getPublicKey(),
        own.wrap(wrappingKey, key),
      );
      const hsm = await open(place);
      assert.ok(cases.length > 0);
      for (const { blindedElement, evaluatedElement } of cases) {
        const evaluated = await hsm.evaluate(wrapped, Uint8Array.fromHex(blindedElement));
        assert.equal(evaluated.toHex(), evaluatedElement);
      }
      await hsm.close();
      own.close();
    });

    test('signs by a seed that the token derives, where it shall hold no Ed25519 key', async () => {
      const place = await newVaultToken({ identity: 'derived' });
      const [message, hsm] = [new Uint8Array([1, 2, 3]), await open(place)];
      const signature = await hsm.sign(message);
      assert.ok(nodeCrypto.ed25519Verify(hsm.identity, message, signature));
      await hsm.close();
      const again = await open(place);
      assert.deepEqual(again.identity, hsm.identity);
      await again.close();
    });

    test('is set up once; a second time only adds wrapping keys', async () => {
      const place = await newVaultToken({ wrappingKeys: 1 });
      const hsm = await open(place);
      const wrapped = await hsm.makeKey(1);
      const answer = await hsm.evaluate(wrapped, GENERATOR);
      assert.deepEqual(await hsm.wrappingKeys(), { first: 1, last: 1 });
      await hsm.close();

      await setUp(place, { wrappingKeys: 2 });
      const again = await open(place);
      assert.deepEqual(again.identity, hsm.identity);
      assert.deepEqual(await again.wrappingKeys(), { first: 1, last: 3 });
      assert.deepEqual(await again.evaluate(wrapped, GENERATOR), answer);
      await again.close();
    });

    test('finds wrapping keys that were made while it was open', async () => {
      const place = await newVaultToken({ wrappingKeys: 1 });
      const hsm = await open(place);
      const wrapped = await hsm.makeKey(1);
      // In this process, which is logged in as the user already, the officer can't be.
      await promisify(execFile)(process.execPath, [ADD_KEYS, JSON.stringify(place)], {
        env: { ...process.env, OFFICER_PIN: softHsm.officerPin, USER_PIN: softHsm.userPin },
      });
      assert.deepEqual(await hsm.wrappingKeys(), { first: 1, last: 3 });
      const rewrapped = await hsm.rewrap(wrapped, 3);
      assert.deepEqual(
        await hsm.evaluate(rewrapped, GENERATOR),
        await hsm.evaluate(wrapped, GENERATOR),
      );
      await hsm.close();
    });

    test('says when library, token, set-up or PIN is missing or wrong', async () => {
      const userPin = (): Secret => pin(softHsm.userPin);
      const place = await newVaultToken();
      const wrong: [Partial<TokenPlace> & { userPin?: Secret }, RegExp][] = [
        [{ library: '/nowhere/libnone.so' }, /library .* can't be loaded/],
        [{ token: 'another' }, /no token "another"/],
        [newToken(), /not set up/],
        [{ userPin: pin('9999') }, /refuses the PIN: CKR_PIN_INCORRECT/],
      ];
      for (const [options, message] of wrong) {
        const opening = openPkcs11Hsm({ ...place, userPin: userPin(), ...options });
        await assert.rejects(opening, { ...UNUSABLE, message });
      }
      await assert.rejects(setUp(place, { officerPin: pin('99999999') }), UNUSABLE);
      await (await open(place)).close();
    });

    const faults: [string, number, (native: PKCS11, place: TokenPlace) => void][] = [
      [
        'sessions were closed',
        2,
        (native, place) => native.C_CloseAllSessions(slotOf(native, place)),
      ],
      [
        'user was logged out',
        2,
        (native, place) => {
          const own = native.C_OpenSession(slotOf(native, place), CKF.SERIAL_SESSION);
          native.C_Logout(own);
          native.C_CloseSession(own);
        },
      ],
      // Handles begin anew then, so that one of before could be another thread's.
      ['library was started anew', 1, (native) => native.C_Finalize()],
    ];
    for (const [name, sessions, fault] of faults) {
      test(`goes on when its ${name}`, async () => {
        const place = await newVaultToken();
        const hsm = await open(place, sessions);
        const wrapped = await hsm.makeKey(1);
        const answer = await hsm.evaluate(wrapped, GENERATOR);
        const native = await loadNative();
        fault(native, place);
        const answers = await Promise.all(
          Array.from({ length: 10 }, () => hsm.evaluate(wrapped, GENERATOR)),
        );
        for (const each of answers) assert.deepEqual(each, answer);
        fault(native, place);
        assert.equal((await hsm.makeKey(1)).length, wrapped.length);
        fault(native, place);
        const sealed = await hsm.seal(wrapped, answer);
        fault(native, place);
        assert.deepEqual(await hsm.open(wrapped, sealed), answer);
        fault(native, place);
        assert.equal((await hsm.sign(answer)).length, 64);
        await hsm.close();
      });
    }

    test('is unusable while the token is away, and goes on when it is back', async () => {
      const place = await newVaultToken();
      const hsm = await open(place);
      const wrapped = await hsm.makeKey(1);
      const answer = await hsm.evaluate(wrapped, GENERATOR);
      renameSync(softHsm.folder, `${softHsm.folder}-away`);
      (await loadNative()).C_Finalize();
      for (let i = 0; i < 3; i++) await assert.rejects(hsm.evaluate(wrapped, GENERATOR), UNUSABLE);
      renameSync(`${softHsm.folder}-away`, softHsm.folder);
      assert.deepEqual(await hsm.evaluate(wrapped, GENERATOR), answer);
      await hsm.close();
    });

    test('does not go on with a token of another identity in its place', async () => {
      const place = await newVaultToken();
      const hsm = await open(place);
      const own = await session(place, 'user');
      const [note] = own.find(named(CKO.DATA, LABELS.identity));
      assert.ok(note !== undefined);
      own.destroy(note);
      const seed = new Uint8Array(32);
      own.create(dataTemplate(LABELS.identity, nodeCrypto.ed25519PublicKey(seed)));
      own.close();
      const native = await loadNative();
      native.C_CloseAllSessions(slotOf(native, place));
      await assert.rejects(hsm.makeKey(1), { ...UNUSABLE, message: /its identity is another/ });
      await hsm.close();
      await assert.rejects(open(place), UNUSABLE);
    });

    test('does not try a PIN again that the token has refused', async () => {
      const place = await newVaultToken();
      const hsm = await open(place);
      const own = await session(place, 'user');
      const native = await loadNative();
      const slot = slotOf(native, place);
      own.close();
      const changing = native.C_OpenSession(slot, CKF.SERIAL_SESSION | CKF.RW_SESSION);
      native.C_SetPIN(changing, softHsm.userPin, '5678');
      native.C_CloseAllSessions(slot);
      await assert.rejects(hsm.makeKey(1), { ...UNUSABLE, message: /refuses the PIN/ });
      const back = native.C_OpenSession(slot, CKF.SERIAL_SESSION | CKF.RW_SESSION);
      native.C_Login(back, CKU.USER, '5678');
      native.C_SetPIN(back, '5678', softHsm.userPin);
      native.C_CloseAllSessions(slot);
      await assert.rejects(hsm.makeKey(1), { ...UNUSABLE, message: /refuses the PIN/ });
      await hsm.close();
      await (await open(place)).close();
    });

    const badWrappingKeys: [string, (template: Attribute[]) => Attribute[], RegExp][] = [
      [
        'unwraps with any attributes',
        (template) => template.filter(({ type }) => type !== CKA.UNWRAP_TEMPLATE),
        /does not keep its keys: a key shows when it is unwrapped/,
      ],
      ['decrypts', (template) => changed(template, CKA.DECRYPT, true), /a wrapping key decrypts/],
      [
        'may leave',
        (template) => changed(template, CKA.EXTRACTABLE, true),
        /could leave the token/,
      ],
      ['shows', (template) => changed(template, CKA.SENSITIVE, false), /could leave the token/],
      ['changes', (template) => changed(template, CKA.MODIFIABLE, true), /could be changed/],
    ];
    for (const [fault, spoil, message] of badWrappingKeys) {
      test(`does not start with a wrapping key that ${fault}`, async () => {
        const place = await newVaultToken();
        await (await open(place)).close();
        const officer = await session(place, 'officer');
        await withNestedTemplate(OPRF_KEY, (unwrapTemplate) =>
          officer.generateKey(CKM.AES_KEY_GEN, spoil(wrappingKeyTemplate(99, unwrapTemplate))),
        );
        officer.close();
        await assert.rejects(open(place), { ...UNUSABLE, message });
      });
    }

    test('does not take a wrapping key that the user made for one of the officer', async () => {
      const place = await newVaultToken();
      const user = await session(place, 'user');
      const untrusted = changed(wrappingKeyTemplate(1, Buffer.alloc(0)), CKA.TRUSTED, false);
      user.generateKey(
        CKM.AES_KEY_GEN,
        untrusted.filter(({ type }) => type !== CKA.UNWRAP_TEMPLATE),
      );
      user.close();
      const hsm = await open(place);
      assert.deepEqual(await hsm.wrappingKeys(), { first: 1, last: 5 });
      await hsm.close();
    });
  });
}

function changed(template: readonly Attribute[], type: number, value: boolean): Attribute[] {
  return template.map((attribute) => (attribute.type === type ? { type, value } : attribute));
}
