import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { webCrypto } from '../crypto/web-crypto.ts';
import { ARGON2ID_DEFAULT, stretchPassword } from './password.ts';

const STRETCHED = 'dda298b64d0ad365d6aede504d5df1a57ae4f2d326152aef0e6eb165ff16172d';
const SALT = new Uint8Array(16).fill(7);

for (const [port, crypto] of [
  ['nodeCrypto', nodeCrypto],
  ['webCrypto', webCrypto],
] as const) {
  test(`with ${port}, a password is stretched alike, however its letters are composed`, async () => {
    const stretch = async (password: string): Promise<string> =>
      (await stretchPassword(crypto, password, SALT, ARGON2ID_DEFAULT)).bytes().toHex();
    // Made by the reference implementation: argon2 -id -v 13 -m 16 -t 3 -p 1 -l 32.
    const expected = await stretch('Zoë');
    assert.equal(expected, STRETCHED);
    assert.equal(await stretch('Zoe\u0308'), expected);
    assert.notEqual(await stretch('zoë'), expected);
  });
}

test('no password, and one that is too long, are refused', async () => {
  for (const password of ['', 'ä'.repeat(513)]) {
    const stretched = stretchPassword(nodeCrypto, password, SALT, ARGON2ID_DEFAULT);
    await assert.rejects(stretched, { code: 'usage' });
  }
});
