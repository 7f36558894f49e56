import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseVaultUrl } from './vault-http.ts';

for (const [text, url] of [
  ['https://vault.example', 'https://vault.example'],
  ['https://Vault.example:8443/', 'https://vault.example:8443'],
  ['https://vault.example/holdfast/', 'https://vault.example/holdfast'],
  ['http://127.0.0.1:8710', 'http://127.0.0.1:8710'],
] as const) {
  test(`${text} is an address of a vault`, () => assert.equal(parseVaultUrl(text), url));
}

for (const [text, said] of [
  ['https://vault.example?', /leave out @, \? and #/],
  ['https://vault.example#', /leave out @, \? and #/],
  ['https://me@vault.example', /leave out @, \? and #/],
  ['https://:@vault.example', /leave out @, \? and #/],
  ['vault.example', /no https address, such as https:\/\/vault\.example$/],
  ['vault.example:8443', /no https address, such as https:\/\/vault\.example:8443$/],
  ['localhost:8710', /no https address, such as http:\/\/localhost:8710$/],
  ['ftp://vault.example', /it is no https address$/],
  ['', /it is no https address$/],
  ['http://vault.example', /others need https, such as https:\/\/vault\.example$/],
] as const) {
  test(`"${text}" is refused, with what to do`, () => {
    assert.throws(() => parseVaultUrl(text), { code: 'usage', message: said });
  });
}

test('a password in an address is not repeated', () => {
  assert.throws(
    () => parseVaultUrl('https://me:hunter2@vault.example'),
    (error: Error) => {
      return !error.message.includes('hunter2');
    },
  );
});
