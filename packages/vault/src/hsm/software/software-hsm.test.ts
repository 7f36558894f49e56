/** Runs the HSM contract on the software HSM, and what is its file's alone. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
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
import { openKeyFile, readFileSeal } from './key-file.ts';
import { wrapScalar } from './oprf-key.ts';
import { createSoftwareHsm, openSoftwareHsm } from './software-hsm.ts';

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
    wrappingKeys.get(1) as Uint8Array,
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
    assert.ok(!existsSync(`${path}.new`));
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

  test('is changed by one process at a time, and by none over what another left behind', async () => {
    const [path, opener] = [newPath(), newKeyFile()];
    await createSoftwareHsm(path, opener);
    const [one, two] = [await openSoftwareHsm(path, opener), await openSoftwareHsm(path, opener)];
    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).nextWrappingKey()),
    );
    const numbers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    assert.ok(numbers.length > 0);
    assert.equal((await two.wrappingKeys()).newest, 1 + numbers.length);
    for (const each of settled) {
      if (each.status === 'rejected') assert.equal(each.reason.code, 'hsm-unusable');
    }
    writeFileSync(`${path}.new`, '');
    await assert.rejects(one.nextWrappingKey(), { ...UNUSABLE, message: /another process/ });
    rmSync(`${path}.new`);
    assert.equal(await one.nextWrappingKey(), 2 + numbers.length);
    await one.close();
    await two.close();
  });

  test('that is gone stops what would wrap under an old key, and comes back', async () => {
    const [path, opener] = [newPath(), newKeyFile()];
    await createSoftwareHsm(path, opener);
    const hsm = await openSoftwareHsm(path, opener);
    const wrapped = await hsm.makeKey();
    const file = readFileSync(path);
    rmSync(path);
    await assert.rejects(hsm.makeKey(), UNUSABLE);
    await assert.rejects(hsm.nextWrappingKey(), UNUSABLE);
    assert.equal((await hsm.evaluate(wrapped, GENERATOR)).length, 33);
    writeFileSync(path, file, { mode: 0o600 });
    assert.equal((await hsm.makeKey()).length, wrapped.length);
    await hsm.close();
  });
});
