/** Runs the HSM contract on the software HSM, and what is its file's alone. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { finalizeOutput } from '@holdfast/core/vault-protocol';
import { testHsmContract } from '@holdfast/testing/hsm-contract';
import type { Opener } from './key-file.ts';
import { openKeyFile, readFileSeal, sealKeyFile } from './key-file.ts';
import { wrapScalar } from './oprf-key.ts';
import { createSoftwareHsm, openSoftwareHsm } from './software-hsm.ts';
import { WrappingKeyChain } from './wrapping-keys.ts';

const UNUSABLE = { name: 'HoldfastError', code: 'hsm-unusable' };
const GENERATOR = Uint8Array.fromHex(
  '036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
);

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-hsm-'));
});
after(() => rmSync(folder, { recursive: true }));

function passphrase(text = 'correct horse'): Opener {
  return { passphrase: new Secret(new TextEncoder().encode(text)) };
}

let files = 0;
/** A name that nothing has yet. */
function newPath(): string {
  return join(folder, `keys-${files++}`);
}

/** A file of random bytes, that seals a key file. */
function newKeyFile(lengthBytes = 32, mode = 0o600): Opener {
  const keyFilePath = newPath();
  writeFileSync(keyFilePath, nodeCrypto.randomBytes(lengthBytes), { mode });
  return { keyFilePath };
}

test('each wrapping key follows from the one before by HKDF, and none from a later one', () => {
  const chain = new WrappingKeyChain(7, Uint8Array.fromHex('5b'.repeat(32)));
  const next = nodeCrypto.hkdfSha256(
    Uint8Array.fromHex('5b'.repeat(32)),
    new Uint8Array(0),
    new TextEncoder().encode('holdfast/v1/hsm-next-wrapping-key'),
    32,
  );
  assert.deepEqual(chain.key(8), next);
  assert.deepEqual(new WrappingKeyChain(8, next).key(9), chain.key(9));
  assert.equal(
    chain.key(9)?.toHex(),
    '5c22c57034de7ce17a6c4bcd0fa9849a50f40fa40a56195c7532a70c241e75c2',
  );
  for (const number of [6, 0, 7.5, 10_001]) assert.equal(chain.key(number), null);
});

testHsmContract('the software HSM', async () => {
  const [path, otherPath] = [newPath(), newPath()];
  const opener = newKeyFile();
  await createSoftwareHsm(path, opener);
  await createSoftwareHsm(otherPath, opener);
  const hsm = await openSoftwareHsm(path, opener);
  const other = await openSoftwareHsm(otherPath, opener);
  return {
    hsm,
    other,
    openAgain: () => openSoftwareHsm(path, opener),
    destroy: async () => {
      await hsm.close();
      await other.close();
    },
  };
});

interface OprfVectors {
  readonly given: { readonly secretKey: string };
  readonly cases: readonly {
    readonly name: string;
    readonly input: string;
    readonly blind: string;
    readonly blindedElement: string;
    readonly evaluatedElement: string;
    readonly output: string;
  }[];
}

test('the software HSM evaluates as the vectors of RFC 9497 say', async () => {
  const url = new URL('../../../../../vectors/vault-protocol/oprf.json', import.meta.url);
  const { given, cases } = JSON.parse(readFileSync(url, 'utf8')) as OprfVectors;
  const [path, opener] = [newPath(), newKeyFile()];
  await createSoftwareHsm(path, opener);
  const file = readFileSync(path);
  const { wrappingKeys } = await openKeyFile(await readFileSeal(file, opener), file);
  const wrapped = await wrapScalar(
    1,
    wrappingKeys.key(1) as Uint8Array,
    Uint8Array.fromHex(given.secretKey),
  );
  const hsm = await openSoftwareHsm(path, opener);
  assert.ok(cases.length > 0);
  for (const vector of cases) {
    const evaluated = await hsm.evaluate(wrapped, Uint8Array.fromHex(vector.blindedElement));
    assert.equal(evaluated.toHex(), vector.evaluatedElement, vector.name);
    const blind = Uint8Array.fromHex(vector.blind);
    const output = finalizeOutput(Uint8Array.fromHex(vector.input), blind, evaluated);
    assert.equal(output.toHex(), vector.output, vector.name);
  }
  await hsm.close();
});

describe("the software HSM's key file", () => {
  test('opens with its passphrase, and with no other', async () => {
    const path = newPath();
    await createSoftwareHsm(path, passphrase());
    const hsm = await openSoftwareHsm(path, passphrase());
    assert.equal(hsm.identity.length, 32);
    await hsm.close();
    await assert.rejects(openSoftwareHsm(path, passphrase('correct horsf')), UNUSABLE);
    await assert.rejects(openSoftwareHsm(path, newKeyFile()), UNUSABLE);
  });

  test('opens with the file that seals it, and with no other', async () => {
    const [path, opener] = [newPath(), newKeyFile(100)];
    await createSoftwareHsm(path, opener);
    await (await openSoftwareHsm(path, opener)).close();
    await assert.rejects(openSoftwareHsm(path, newKeyFile(100)), UNUSABLE);
    await assert.rejects(openSoftwareHsm(path, passphrase()), UNUSABLE);
    await assert.rejects(openSoftwareHsm(path, { keyFilePath: newPath() }), UNUSABLE);
    await assert.rejects(createSoftwareHsm(newPath(), newKeyFile(31)), UNUSABLE);
  });

  test('is refused when others can read it, or the file that seals it', async () => {
    const [path, opener] = [newPath(), newKeyFile()];
    await createSoftwareHsm(path, opener);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    for (const mode of [0o640, 0o604, 0o620, 0o601]) {
      chmodSync(path, mode);
      await assert.rejects(openSoftwareHsm(path, opener), { ...UNUSABLE, message: /chmod 600/ });
    }
    chmodSync(path, 0o400);
    await (await openSoftwareHsm(path, opener)).close();
    const readable = newKeyFile(32, 0o644);
    await assert.rejects(createSoftwareHsm(newPath(), readable), UNUSABLE);
  });

  test('is never overwritten, and there is none when it could not be made', async () => {
    const [path, opener] = [newPath(), newKeyFile()];
    await createSoftwareHsm(path, opener);
    const before = readFileSync(path);
    await assert.rejects(createSoftwareHsm(path, opener), UNUSABLE);
    assert.deepEqual(readFileSync(path), before);
    assert.ok(!readdirSync(folder).some((name) => name.includes('.new')));
    const nowhere = join(folder, 'no-folder', 'keys');
    await assert.rejects(createSoftwareHsm(nowhere, opener), UNUSABLE);
    await assert.rejects(openSoftwareHsm(nowhere, opener), UNUSABLE);
  });

  test('is refused when any of it was changed', async () => {
    const [path, opener] = [newPath(), newKeyFile()];
    await createSoftwareHsm(path, opener);
    const file = readFileSync(path);
    for (let at = 0; at < file.length; at++) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] as number) ^ 1;
      writeFileSync(path, changed);
      await assert.rejects(openSoftwareHsm(path, opener), { name: 'HoldfastError' }, `byte ${at}`);
    }
    for (const lengthBytes of [0, 7, 31, 60, file.length - 1]) {
      writeFileSync(path, file.subarray(0, lengthBytes));
      await assert.rejects(openSoftwareHsm(path, opener), { name: 'HoldfastError' });
    }
  });

  test('does not make a reader pay more memory than its limit', async () => {
    const path = newPath();
    await createSoftwareHsm(path, passphrase());
    const file = readFileSync(path);
    for (const [at, value] of [
      [9, 0xff],
      [13, 0xff],
      [14, 0xff],
      [13, 0],
      [10, 0],
    ] as const) {
      const changed = Buffer.from(file);
      changed[at] = value;
      writeFileSync(path, changed);
      await assert.rejects(openSoftwareHsm(path, passphrase()), { code: 'damaged' });
    }
  });

  test('gives every copy of it the same wrapping keys', async () => {
    const [path, copyPath, opener] = [newPath(), newPath(), newKeyFile()];
    await createSoftwareHsm(path, opener);
    copyFileSync(path, copyPath);
    const [one, two] = [
      await openSoftwareHsm(path, opener),
      await openSoftwareHsm(copyPath, opener),
    ];
    const wrapped = await one.makeKey(4);
    await one.destroyWrappingKeysBefore(3);
    const answer = await one.evaluate(wrapped, GENERATOR);
    assert.deepEqual(await two.evaluate(wrapped, GENERATOR), answer);
    assert.deepEqual(
      await one.evaluate(await two.makeKey(3), GENERATOR).then(({ length }) => length),
      33,
    );
    await assert.rejects(one.evaluate(await two.makeKey(2), GENERATOR), { code: 'damaged' });
    await one.close();
    await two.close();
  });

  test('is changed by many processes at once without being lost, and what a crash has left goes', async () => {
    const [path, opener] = [newPath(), newKeyFile()];
    await createSoftwareHsm(path, opener);
    const [one, two] = [await openSoftwareHsm(path, opener), await openSoftwareHsm(path, opener)];
    const wrapped = await one.makeKey(21);
    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? one : two).destroyWrappingKeysBefore(index + 1),
      ),
    );
    for (const each of settled) {
      if (each.status === 'rejected') assert.equal(each.reason.code, 'hsm-unusable');
    }
    writeFileSync(`${path}.new-0123456789abcdef`, 'half a file');
    await one.destroyWrappingKeysBefore(21);
    for (const each of [one, two]) {
      assert.equal((await each.wrappingKeys()).first, 21);
      assert.equal((await each.evaluate(wrapped, GENERATOR)).length, 33);
    }
    const leftovers = readdirSync(folder).filter((name) => name.includes('.new'));
    assert.deepEqual(leftovers, []);
    await one.close();
    await two.close();
  });

  test('of another vault is not gone on with', async () => {
    const [path, otherPath, opener] = [newPath(), newPath(), newKeyFile()];
    await createSoftwareHsm(path, opener);
    const hsm = await openSoftwareHsm(path, opener);
    const { header, key } = await readFileSeal(readFileSync(path), opener);
    await createSoftwareHsm(otherPath, opener);
    const otherFile = readFileSync(otherPath);
    const other = await openKeyFile(await readFileSeal(otherFile, opener), otherFile);
    writeFileSync(path, await sealKeyFile({ header, key }, other), { mode: 0o600 });
    await assert.rejects(hsm.makeKey(1), { ...UNUSABLE, message: /of another vault/ });
    await hsm.close();
  });

  test('that is gone stops what would wrap under an old key, and comes back', async () => {
    const [path, opener] = [newPath(), newKeyFile()];
    await createSoftwareHsm(path, opener);
    const hsm = await openSoftwareHsm(path, opener);
    const wrapped = await hsm.makeKey(1);
    const file = readFileSync(path);
    rmSync(path);
    await assert.rejects(hsm.makeKey(1), UNUSABLE);
    await assert.rejects(hsm.wrappingKeys(), UNUSABLE);
    await assert.rejects(hsm.destroyWrappingKeysBefore(2), UNUSABLE);
    assert.equal((await hsm.evaluate(wrapped, GENERATOR)).length, 33);
    writeFileSync(path, file, { mode: 0o600 });
    assert.equal((await hsm.makeKey(1)).length, wrapped.length);
    await hsm.close();
  });
});
