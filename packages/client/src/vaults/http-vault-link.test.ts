import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '@holdfast/core/secret';
import { makeVaultLink } from './http-vault-link.ts';

/** Gives tokens t1, t2, …, and any answer; notes what came with which token. */
function answerAll(): { readonly asked: string[]; readonly fetch: typeof fetch } {
  const asked: string[] = [];
  let tokens = 0;
  return {
    asked,
    async fetch(input, init) {
      const path = String(input).split('/').at(-1);
      const token = new Headers(init?.headers).get('authorization') ?? 'none';
      asked.push(`${path} ${token}`);
      return Response.json({ token: `t${++tokens}` });
    },
  };
}

test('a guess takes the token that the status before came with, and the next one another', async () => {
  const { asked, fetch } = answerAll();
  const vault = { url: 'https://vault.example', identity: new Uint8Array(32).fill(1) };
  const link = makeVaultLink(vault, new Secret(new Uint8Array(16).fill(2)), { fetch });
  const nothing = new Uint8Array(1);
  await link.send('status', nothing, 'guess');
  await link.send('guess', nothing, 'guess');
  await link.send('proof', nothing, null);
  await link.send('guess', nothing, 'guess');
  assert.deepEqual(asked, [
    'token none',
    'status Bearer t1',
    'guess Bearer t1',
    'proof none',
    'token none',
    'guess Bearer t5',
  ]);
});
