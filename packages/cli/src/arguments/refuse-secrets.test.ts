import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError } from '../command-error.ts';
import { refuseSecrets } from './refuse-secrets.ts';

const key = '742c199906ffc63c52894278534da2149d15d794113287aadaae100813cdc0de';
const groups = key.match(/.{4}/g) ?? [];

const secrets: [what: string, args: string[]][] = [
  ['a key', ['recover', key]],
  ['a key in upper case with dashes', ['recover', groups.join('-').toUpperCase()]],
  ['a key as the value of an option', ['recover', '--key-file', key]],
  ['a key behind an equals sign', ['recover', `--key-file=${key}`]],
  ['a key in sixteen arguments', ['recover', ...groups]],
  ['half a key in groups', ['recover', ...groups.slice(8)]],
  ['--key with a value', ['recover', '--key', 'x']],
  ['--key=value', ['recover', '--key=x']],
  ['a key behind a fingerprint', ['vault', 'trust', '--fingerprint', key, key]],
  ['a key behind a fingerprint with =', ['trust', `--fingerprint=${key}`, key]],
  ['--password', ['recover', '--password', 'correct horse']],
];
for (const [what, args] of secrets) {
  test(`refuseSecrets() refuses ${what} and does not repeat it`, () => {
    assert.throws(
      () => refuseSecrets(args),
      (error) => {
        assert.ok(error instanceof CommandError);
        assert.equal(error.exitCode, 2);
        const said = `${error.message} ${error.nextStep}`;
        assert.doesNotMatch(said, /[0-9a-f]{4}\b.*[0-9]|correct|742c/i);
        return true;
      },
    );
  });
}

test('refuseSecrets() lets paths, numbers and names through', () => {
  refuseSecrets([
    'restore',
    '3',
    '--to',
    `/objects/${key}`,
    '--key-file',
    'key.txt',
    'cafe',
    'beef',
  ]);
});

test('refuseSecrets() lets fingerprints through', () => {
  refuseSecrets(['vault', 'trust', 'https://vault.example', '--fingerprint', key]);
  refuseSecrets(['vault', 'trust', `--fingerprint=${groups.join(' ')}`, 'https://vault.example']);
});
