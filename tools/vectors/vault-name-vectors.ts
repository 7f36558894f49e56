// Vectors of names and of the stretched password (spec/vault-protocol.md §2.2, §2.4, §9).

import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import {
  ARGON2ID_DEFAULT,
  accountOf,
  accountSecret,
  accountSubject,
  builtInIssuer,
  stretchPassword,
  vaultFingerprint,
} from '@holdfast/core/vault-protocol';
import { drawn } from './counting-crypto.ts';
import { OWNER, ownBackupId, VAULT } from './vault-maker.ts';
import type { VectorFile } from './vector-file.ts';

const SALT = drawn('a salt', 16);

export async function vaultNameVectors(): Promise<VectorFile> {
  const identity = VAULT.publicKey;
  const fingerprint = await vaultFingerprint(nodeCrypto, identity);
  const issuer = builtInIssuer(fingerprint);
  const accountCode = drawn('an account code', 16);
  const secret = await accountSecret(nodeCrypto, new Secret(accountCode.slice()), identity);
  const subject = await accountSubject(nodeCrypto, secret);
  const account = async (name: string, from: string, of: string) => {
    return { name, issuer: from, subject: of, account: await accountOf(nodeCrypto, from, of) };
  };
  return {
    path: 'vault-protocol/names.json',
    description:
      'What is derived by name: fingerprints, backup ids, accounts, those of the built-in issuer, and the stretched password, with the default parameters (spec/vault-protocol.md §2.2, §2.4, §9). Passwords are text, or so many times a text ("repeated").',
    given: { salt: SALT, ...ARGON2ID_DEFAULT },
    cases: [
      { name: 'fingerprint', identity, fingerprint },
      { name: 'backup id', ownerPublicKey: OWNER.publicKey, backupId: await ownBackupId() },
      { name: 'built-in issuer', fingerprint, issuer },
      { name: 'account secret', accountCode, identity, accountSecret: secret },
      { name: 'account subject', accountSecret: secret, subject },
      await account('account of the built-in issuer', issuer, subject),
      await account('account of another issuer', 'https://issuer.example', 'müller'),
      await account('account with its border elsewhere', 'https://issuer.examplem', 'üller'),
      await stretched('password of digits', '123456'),
      await stretched('password that NFKC changes', '\ufb01le \u212bngstro\u0308m'),
    ],
    failures: [
      { name: 'empty', password: '', code: 'usage' },
      { name: 'of 1,025 bytes', repeated: ['a', 1025], code: 'usage' },
      { name: 'of 1,026 bytes, and 513 characters', repeated: ['é', 513], code: 'usage' },
      {
        name: 'of 1,026 bytes after NFKC, and 57 characters',
        repeated: ['\ufdfa', 57],
        code: 'usage',
      },
    ],
  };
}

async function stretched(name: string, password: string): Promise<object> {
  const secret = await stretchPassword(nodeCrypto, password, SALT, ARGON2ID_DEFAULT);
  return { name, password, stretched: secret.bytes().slice() };
}
