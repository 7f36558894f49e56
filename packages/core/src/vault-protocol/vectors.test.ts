/** Runs all of vectors/vault-protocol but oprf.json and tokens.json, on both crypto ports. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { equalBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { HoldfastError } from '../errors/index.ts';
import { Secret } from '../secret/index.ts';
import {
  type CommitCertificate,
  decodeAnswerBody,
  decodeLogEntry,
  decodePasswordBody,
  decodeRequest,
  decodeRequestBody,
  deriveProofSeed,
  EMPTY_LOG,
  encodeAnswerBody,
  encodeLogEntry,
  encodeRequestBody,
  followLog,
  hashLogEntry,
  isProvedBy,
  isRemovalProvedBy,
  isSignedBy,
  openAnswer,
  openPasswordBody,
  parseCertificate,
} from './messages/index.ts';
import {
  accountOf,
  accountSecret,
  accountSubject,
  backupIdOf,
  builtInIssuer,
  vaultFingerprint,
} from './names.ts';
import { stretchPassword } from './password.ts';
import { joinShares, maskShare } from './shares.ts';

type Fields = Readonly<Record<string, unknown>>;

interface VectorFile {
  readonly given: Fields;
  readonly cases: readonly Fields[];
  readonly failures: readonly Fields[];
}

const PORTS: readonly (readonly [string, CryptoPort])[] = [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
];

function read(name: string): VectorFile {
  const url = new URL(`../../../../vectors/vault-protocol/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as VectorFile;
}

/** A field that is bytes. */
function bytesIn(fields: Fields, name: string): Uint8Array {
  return Uint8Array.fromHex(fields[name] as string);
}

/** As the vectors write it: bytes as hex. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Uint8Array ? part.toHex() : part,
  );
  return JSON.parse(text);
}

/** The parts of `all` that `value` has too. */
function sameFields(all: Fields, value: object): unknown {
  return Object.fromEntries(Object.keys(value).map((name) => [name, all[name]]));
}

/** A failure with all that its base has, and its own bytes in the field that is patched. */
function merged({ given, cases }: VectorFile, failure: Fields, field: string): Fields {
  const base = cases.find(({ name }) => name === failure.base) ?? {};
  const fields = { ...given, ...base, ...failure };
  const whole = typeof fields[field] === 'string' ? bytesIn(fields, field) : new Uint8Array(0);
  const patches = (failure.patches ?? []) as readonly (readonly [number, string])[];
  for (const [at, text] of patches) whole.set(Uint8Array.fromHex(text), at);
  const bytes = new Uint8Array((failure.lengthBytes as number | undefined) ?? whole.length);
  bytes.set(whole.subarray(0, bytes.length));
  return { ...fields, [field]: bytes.toHex() };
}

/** Of a failure: the code of the error, or what `run` gave instead of one. */
async function codeOf(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    assert.ok(error instanceof HoldfastError, String(error));
    return error.code;
  }
}

for (const [port, crypto] of PORTS) {
  test(`names and stretched passwords are as their vectors say, by ${port}`, async () => {
    const { given, cases, failures } = read('names');
    const salt = bytesIn(given, 'salt');
    const { memoryKib, passes, lanes } = given as {
      memoryKib: number;
      passes: number;
      lanes: number;
    };
    const stretch = async (password: string): Promise<Uint8Array> =>
      (await stretchPassword(crypto, password, salt, { memoryKib, passes, lanes })).bytes();
    const makers: Readonly<Record<string, (fields: Fields) => unknown>> = {
      account: ({ issuer, subject }) => accountOf(crypto, issuer as string, subject as string),
      subject: (fields) => accountSubject(crypto, bytesIn(fields, 'accountSecret')),
      accountSecret: (fields) => {
        const code = new Secret(bytesIn(fields, 'accountCode'));
        return accountSecret(crypto, code, bytesIn(fields, 'identity'));
      },
      issuer: ({ fingerprint }) => builtInIssuer(fingerprint as string),
      fingerprint: (fields) => vaultFingerprint(crypto, bytesIn(fields, 'identity')),
      backupId: (fields) => backupIdOf(crypto, bytesIn(fields, 'ownerPublicKey')),
      stretched: ({ password }) => stretch(password as string),
    };
    for (const fields of cases) {
      const result = Object.keys(fields).at(-1) as string;
      const made = makers[result]?.(fields);
      assert.deepEqual(asJson(await made), fields[result], fields.name as string);
    }
    for (const { name, password, repeated, code } of failures) {
      const [text, times] = (repeated ?? [password, 1]) as [string, number];
      assert.equal(await codeOf(() => stretch(text.repeat(times))), code, name as string);
    }
  });

  test(`bodies of password records are as their vectors say, by ${port}`, async () => {
    const file = read('password-records');
    const open = async (fields: Fields): Promise<Secret | null> => {
      const frame = {
        version: fields.version as number,
        backupId: bytesIn(fields, 'backupId'),
        ownerPublicKey: bytesIn(fields, 'ownerPublicKey'),
        previousHash: bytesIn(fields, 'previousHash'),
      };
      const body = decodePasswordBody(bytesIn(fields, 'body'));
      return await openPasswordBody(crypto, frame, body, new Secret(bytesIn(fields, 'secret')));
    };
    for (const fields of file.cases) {
      const { sealedKey, ...method } = decodePasswordBody(bytesIn(fields, 'body'));
      assert.deepEqual(asJson(method), sameFields(fields, method));
      assert.equal(sealedKey.length, 112);
      const opened = await open({ ...file.given, ...fields });
      assert.ok(opened !== null && equalBytes(opened.bytes(), bytesIn(file.given, 'rootKey')));
      const secret = new Secret(bytesIn(fields, 'secret'));
      const proofSeed = await deriveProofSeed(crypto, secret);
      assert.deepEqual(proofSeed.bytes(), bytesIn(fields, 'proofSeed'));
      const outputs = fields.outputs as readonly string[];
      const shares = await Promise.all(
        method.vaults.map(async (vault, i) => {
          const output = Uint8Array.fromHex(outputs[i] as string);
          return {
            place: vault.place,
            bytes: await maskShare(crypto, vault.maskedShare, output, vault),
          };
        }),
      );
      assert.deepEqual(asJson(shares), fields.shares);
      for (let i = 0; i + method.t <= shares.length; i++) {
        assert.deepEqual(await joinShares(shares.slice(i, i + method.t)), secret.bytes());
      }
    }
    for (const failure of file.failures) {
      const fields = merged(file, failure, 'body');
      const code = await codeOf(async () =>
        (await open(fields)) === null ? 'wrong-password' : null,
      );
      assert.equal(code, failure.code, failure.name as string);
    }
  });

  test(`certificates are as their vectors say, by ${port}`, async () => {
    const file = read('certificates');
    const ownerPublicKey = bytesIn(file.given, 'ownerPublicKey');
    const proofPublicKey = bytesIn(file.given, 'proofPublicKey');
    const parse = async (fields: Fields): Promise<CommitCertificate> =>
      await parseCertificate(crypto, bytesIn(fields, 'object'), ownerPublicKey);
    for (const fields of file.cases) {
      const certificate = await parse(fields);
      assert.deepEqual(asJson(certificate), sameFields(fields, certificate));
      const isProved = await isProvedBy(crypto, bytesIn(fields, 'object'), proofPublicKey);
      assert.equal(isProved, certificate.proofOf !== null);
    }
    for (const failure of file.failures) {
      const fields = merged(file, failure, 'object');
      const code = await codeOf(async () => {
        await parse(fields);
        const isProved = await isProvedBy(crypto, bytesIn(fields, 'object'), proofPublicKey);
        return isProved ? null : 'not-proved';
      });
      assert.equal(code, failure.code, failure.name as string);
    }
  });

  test(`requests are as their vectors say, by ${port}`, async () => {
    const file = read('requests');
    const { given } = file;
    for (const fields of file.cases) {
      const bytes = bytesIn(fields, 'bytes');
      const { kind, vault, backupId, nonce, body } = decodeRequest(bytes);
      assert.equal(kind, fields.kind);
      const none = '00'.repeat(32);
      const to = kind === 'hello' ? { vault: none, backupId: none } : given;
      assert.deepEqual(asJson({ vault, backupId, nonce }), {
        nonce: given.nonce,
        vault: to.vault,
        backupId: to.backupId,
      });
      const decoded = decodeRequestBody(kind, body);
      assert.deepEqual(asJson(decoded), fields.body);
      assert.deepEqual(encodeRequestBody(kind, decoded), body);
      if (fields.signedBy === null) continue;
      assert.ok(await isSignedBy(crypto, bytes, kind, bytesIn(fields, 'signedBy')));
      if (!('proof' in decoded)) continue;
      const isProved = await isRemovalProvedBy(crypto, bytes, bytesIn(given, 'proofPublicKey'));
      assert.equal(isProved, decoded.proof !== null);
    }
    for (const failure of file.failures) {
      const fields = merged(file, failure, 'bytes');
      const code = await codeOf(async () => {
        const bytes = bytesIn(fields, 'bytes');
        const { kind, body } = decodeRequest(bytes);
        decodeRequestBody(kind, body);
        const isSigned = await isSignedBy(crypto, bytes, kind, bytesIn(fields, 'signedBy'));
        return isSigned ? null : 'not-authorised';
      });
      assert.equal(code, failure.code, failure.name as string);
    }
  });

  test(`answers are as their vectors say, by ${port}`, async () => {
    const file = read('answers');
    const open = async (fields: Fields) => {
      const asked = { requestHash: bytesIn(fields, 'requestHash'), nowMs: fields.nowMs as number };
      return await openAnswer(crypto, bytesIn(fields, 'vault'), asked, bytesIn(fields, 'bytes'));
    };
    for (const fields of file.cases) {
      const { kind, timeMs, body } = await open({ ...file.given, ...fields });
      const decoded = decodeAnswerBody(body);
      assert.deepEqual(
        asJson({ kind, timeMs, ...decoded }),
        sameFields(fields, { kind, timeMs, ...decoded }),
      );
      assert.deepEqual(encodeAnswerBody(decoded), body);
    }
    for (const failure of file.failures) {
      const code = await codeOf(async () => {
        if (failure.body !== undefined) return decodeAnswerBody(bytesIn(failure, 'body'));
        return await open(merged(file, failure, 'bytes'));
      });
      assert.equal(code, failure.code, failure.name as string);
    }
  });

  test(`entries of a log are as their vectors say, by ${port}`, async () => {
    const { given, cases, failures } = read('log');
    const backupId = bytesIn(given, 'backupId');
    const entries = cases.map((fields) => bytesIn(fields, 'entry'));
    for (const [i, fields] of cases.entries()) {
      const entry = entries[i] as Uint8Array;
      const decoded = decodeLogEntry(entry);
      assert.deepEqual(asJson(decoded), sameFields(fields, decoded));
      assert.deepEqual(encodeLogEntry(decoded), entry);
      assert.deepEqual(await hashLogEntry(crypto, backupId, entry), bytesIn(fields, 'hash'));
    }
    assert.deepEqual(asJson(await followLog(crypto, backupId, EMPTY_LOG, entries)), given.end);
    for (const failure of failures) {
      const code = await codeOf(async () => {
        if (failure.entry !== undefined) return decodeLogEntry(bytesIn(failure, 'entry'));
        const shown = bytesIn(failure, 'entries');
        const split = Array.from({ length: shown.length / 96 }, (_, i) =>
          shown.slice(i * 96, i * 96 + 96),
        );
        const end = await followLog(crypto, backupId, EMPTY_LOG, split);
        return JSON.stringify(asJson(end)) === JSON.stringify(given.end) ? null : 'stale';
      });
      assert.equal(code, failure.code, failure.name as string);
    }
  });
}
