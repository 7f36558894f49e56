// Vectors of what a provider is called, and of what is signed and derived for it (spec/provider-api.md §1.3, §2, §3.4).

import { nodeCrypto } from '@holdfast/core/crypto/node';
import {
  parseProviderOrigin,
  providerRecipient,
  recoverySecret,
  recoverySubject,
  signKeyStatement,
  signSignIn,
} from '@holdfast/core/provider-api';
import { Secret } from '@holdfast/core/secret';
import { drawn } from './counting-crypto.ts';
import type { VectorFile } from './vector-file.ts';

const ORIGIN = 'https://backup.example.org';
const OTHER_ORIGIN = 'https://backup.example.org:8443';

const CODE = { code: 'store-invalid' };

export async function providerVectors(): Promise<readonly VectorFile[]> {
  return [await originVectors(), await accessVectors(), await signatureVectors()];
}

async function originVectors(): Promise<VectorFile> {
  const named = async (name: string, url: string) => {
    const origin = parseProviderOrigin(url);
    return { name, url, origin, recipient: await providerRecipient(nodeCrypto, origin) };
  };
  return {
    path: 'provider-api/origins.json',
    description: 'Store URLs of providers, and who is signed for (spec/provider-api.md §1.3).',
    cases: [
      await named('as it is written', ORIGIN),
      await named(
        'with a slash, capitals and the port of https',
        'HTTPS://Backup.Example.org:443/',
      ),
      await named('with another port', OTHER_ORIGIN),
      await named('with a name beyond ASCII', 'https://müller.example'),
      await named('on this machine', 'http://127.0.0.1:8441'),
      await named('on this machine, IPv6', 'http://[::1]:8441/'),
    ],
    failures: [
      { name: 'no address', url: 'backup.example.org', ...CODE },
      { name: 'another scheme', url: 'ftp://backup.example.org', ...CODE },
      { name: 'without TLS', url: 'http://backup.example.org', ...CODE },
      { name: 'a path', url: `${ORIGIN}/backup`, ...CODE },
      { name: 'a name and password', url: 'https://ada:secret@backup.example.org', ...CODE },
      { name: 'a query', url: `${ORIGIN}/?a=b`, ...CODE },
      { name: 'a fragment', url: `${ORIGIN}/#a`, ...CODE },
    ],
  };
}

async function accessVectors(): Promise<VectorFile> {
  const accountCode = drawn('an account code', 16);
  const of = async (name: string, origin: string) => {
    const recipient = await providerRecipient(nodeCrypto, origin);
    const secret = await recoverySecret(nodeCrypto, new Secret(accountCode.slice()), recipient);
    const subject = await recoverySubject(nodeCrypto, secret);
    return { name, accountCode, recipient, secret, subject };
  };
  return {
    path: 'provider-api/recovery-access.json',
    description: "The provider's share of an account code (spec/provider-api.md §3.4).",
    cases: [await of('at one provider', ORIGIN), await of('at another', OTHER_ORIGIN)],
    failures: [
      {
        name: 'an account code that is too long',
        accountCode: drawn('an account code', 32),
        recipient: await providerRecipient(nodeCrypto, ORIGIN),
        code: 'RangeError',
      },
      {
        name: 'a recipient that is too short',
        accountCode,
        recipient: drawn('a recipient', 31),
        code: 'RangeError',
      },
    ],
  };
}

async function signatureVectors(): Promise<VectorFile> {
  const recipient = await providerRecipient(nodeCrypto, ORIGIN);
  const other = await providerRecipient(nodeCrypto, OTHER_ORIGIN);
  const seeds = { owner: drawn('an owner seed', 32), auth: drawn('an auth seed', 32) };
  const [ownerKey, key, headKey] = await Promise.all([
    nodeCrypto.ed25519PublicKey(seeds.owner),
    nodeCrypto.ed25519PublicKey(seeds.auth),
    nodeCrypto.ed25519PublicKey(drawn('a head seed', 32)),
  ]);
  const signIn = { recipient, key, challenge: drawn('a challenge', 64) };
  const statement = { recipient, ownerKey, key, headKey };
  const signed = {
    signIn: await signSignIn(nodeCrypto, new Secret(seeds.auth.slice()), signIn),
    statement: await signKeyStatement(nodeCrypto, new Secret(seeds.owner.slice()), statement),
  };
  const refused = { code: 'not-authorised' };
  const asSignIn = { ...signIn, signature: signed.signIn };
  const asStatement = { ...statement, signature: signed.statement };
  return {
    path: 'provider-api/signatures.json',
    description:
      'What is signed for a provider (spec/provider-api.md §2): sign-ins have a challenge, key statements an owner key.',
    cases: [
      { name: 'sign-in', seed: seeds.auth, ...asSignIn },
      { name: 'key statement', seed: seeds.owner, ...asStatement },
    ],
    failures: [
      { name: 'sign-in for another provider', ...asSignIn, recipient: other, ...refused },
      {
        name: 'sign-in for another challenge',
        ...asSignIn,
        challenge: drawn('another challenge', 64),
        ...refused,
      },
      { name: 'sign-in by another key', ...asSignIn, key: ownerKey, ...refused },
      {
        name: 'sign-in with a challenge that is too short',
        ...asSignIn,
        challenge: drawn('a challenge', 63),
        code: 'RangeError',
      },
      { name: 'statement for another provider', ...asStatement, recipient: other, ...refused },
      {
        name: 'statement of keys that changed places',
        ...asStatement,
        key: headKey,
        headKey: key,
        ...refused,
      },
      { name: 'statement of another owner', ...asStatement, ownerKey: headKey, ...refused },
      {
        name: 'statement with the signature of a sign-in',
        ...asStatement,
        signature: signed.signIn,
        ...refused,
      },
    ],
  };
}
