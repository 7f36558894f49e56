/** Runs vectors/vault-protocol/tokens.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { vaultFingerprint } from '@holdfast/core/vault-protocol';
import { parseIssuerKeys } from './issuer-keys.ts';
import { TokenChecker, type TokenScope } from './token-checker.ts';

interface Vector {
  readonly name: string;
  readonly scope: TokenScope;
  readonly token: string;
}

const url = new URL('../../../../vectors/vault-protocol/tokens.json', import.meta.url);
const { given, cases, failures } = JSON.parse(readFileSync(url, 'utf8')) as {
  readonly given: {
    readonly identity: string;
    readonly fingerprint: string;
    readonly nowMs: number;
    readonly issuer: string;
    readonly keys: readonly object[];
  };
  readonly cases: readonly (Vector & { readonly account: string })[];
  readonly failures: readonly (Vector & { readonly code: string })[];
};

async function makeChecker(): Promise<TokenChecker> {
  const keys = await parseIssuerKeys(JSON.stringify({ keys: given.keys }), 'keys');
  const { issuer, nowMs } = given;
  const fingerprint = await vaultFingerprint(nodeCrypto, fromHex(given.identity));
  assert.equal(fingerprint, given.fingerprint);
  return new TokenChecker({
    issuers: [{ name: issuer, keys }],
    fingerprint,
    now: () => nowMs,
  });
}

for (const { name, scope, token, account } of cases) {
  test(`a token ${name} is of its account`, async () => {
    const checker = await makeChecker();
    assert.equal(toHex((await checker.check(token, scope)).account), account);
  });
}

for (const { name, scope, token, code } of failures) {
  test(`a token of the case "${name}" is refused`, async () => {
    const checker = await makeChecker();
    await assert.rejects(checker.check(token, scope), { code });
  });
}
