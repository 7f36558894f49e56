import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex } from '../bytes/index.ts';
import { nodeCrypto } from '../crypto/node-crypto.ts';
import { Secret } from '../secret/index.ts';
import {
  isKeyStatementSigned,
  isSignInSigned,
  parseProviderOrigin,
  providerRecipient,
  recoverySecret,
  recoverySubject,
  signKeyStatement,
  signSignIn,
} from './index.ts';

type Fields = Readonly<Record<string, string>> & { readonly name: string };

function vectors(file: string): { cases: readonly Fields[]; failures: readonly Fields[] } {
  const path = `../../../../vectors/provider-api/${file}.json`;
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

function bytesOf(fields: Fields, name: string): Uint8Array {
  return fromHex(fields[name] ?? assert.fail(`${fields.name} has no ${name}`));
}

/** Signed bytes, by the names that they have in a vector. */
function statementOf(fields: Fields) {
  const [recipient, key] = [bytesOf(fields, 'recipient'), bytesOf(fields, 'key')];
  if (fields.challenge !== undefined) {
    const signIn = { recipient, key, challenge: bytesOf(fields, 'challenge') };
    return {
      sign: (seed: Secret) => signSignIn(nodeCrypto, seed, signIn),
      isSigned: (signature: Uint8Array) => isSignInSigned(nodeCrypto, signIn, signature),
    };
  }
  const [ownerKey, headKey] = [bytesOf(fields, 'ownerKey'), bytesOf(fields, 'headKey')];
  const statement = { recipient, key, ownerKey, headKey };
  return {
    sign: (seed: Secret) => signKeyStatement(nodeCrypto, seed, statement),
    isSigned: (signature: Uint8Array) => isKeyStatementSigned(nodeCrypto, statement, signature),
  };
}

test('store URLs of providers are the origins that the vectors say', async () => {
  const { cases, failures } = vectors('origins');
  for (const { name, url = '', origin = '', recipient } of cases) {
    assert.equal(parseProviderOrigin(url), origin, name);
    assert.equal(toHex(await providerRecipient(nodeCrypto, origin)), recipient, name);
  }
  for (const { name, url = '', code } of failures) {
    assert.throws(() => parseProviderOrigin(url), { code }, name);
  }
});

test('recovery secrets are those of the vectors', async () => {
  const { cases, failures } = vectors('recovery-access');
  for (const fields of cases) {
    const code = new Secret(bytesOf(fields, 'accountCode'));
    const secret = await recoverySecret(nodeCrypto, code, bytesOf(fields, 'recipient'));
    assert.equal(toHex(secret), fields.secret, fields.name);
    const subject = await recoverySubject(nodeCrypto, secret);
    assert.equal(toHex(subject), fields.subject, fields.name);
  }
  for (const fields of failures) {
    const code = new Secret(bytesOf(fields, 'accountCode'));
    const made = recoverySecret(nodeCrypto, code, bytesOf(fields, 'recipient'));
    await assert.rejects(made, RangeError, fields.name);
  }
});

test('sign-ins and key statements are signed as in the vectors', async () => {
  const { cases, failures } = vectors('signatures');
  for (const fields of cases) {
    const { sign, isSigned } = statementOf(fields);
    const signature = await sign(new Secret(bytesOf(fields, 'seed')));
    assert.equal(toHex(signature), fields.signature, fields.name);
    assert.equal(await isSigned(signature), true, fields.name);
  }
  for (const fields of failures) {
    if (fields.code === 'RangeError') {
      await assert.rejects(
        async () => statementOf(fields).isSigned(bytesOf(fields, 'signature')),
        RangeError,
        fields.name,
      );
    } else {
      const { isSigned } = statementOf(fields);
      assert.equal(await isSigned(bytesOf(fields, 'signature')), false, fields.name);
    }
  }
});
