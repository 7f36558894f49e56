import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromHex, toHex } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { providerRecipient, recoverySecret, recoverySubject } from '@holdfast/core/provider-api';
import { Secret } from '@holdfast/core/secret';
import { ProviderCaller, startLocalProvider } from '@holdfast/testing/local-provider';
import { hashInvite } from '../../accounts/index.ts';

test('a stolen database of a provider holds no token, invite or recovery secret', async () => {
  await using provider = await startLocalProvider({ signUp: 'invite' });
  const { origin, metadata, bytesFolder } = provider;
  const [invite, unused] = [randomBytes(16), randomBytes(16)];
  for (const one of [invite, unused]) await metadata.addInvite(hashInvite(one));
  const caller = new ProviderCaller(origin);
  await caller.enter({ create: true, invite: invite.toString('hex') });
  const code = new Secret(new Uint8Array(randomBytes(16)));
  const secret = await recoverySecret(
    nodeCrypto,
    code,
    await providerRecipient(nodeCrypto, origin),
  );
  const subject = await recoverySubject(nodeCrypto, secret);
  await caller.ask(`account/recovery/${toHex(subject)}`, { method: 'PUT' });

  const folder = join(bytesFolder, '..');
  const files = (await readdir(folder)).filter((name) => name.startsWith('provider.sqlite'));
  const all = Buffer.concat(await Promise.all(files.map((name) => readFile(join(folder, name)))));
  const publicKey = await nodeCrypto.ed25519PublicKey(caller.keys.auth.bytes());
  for (const there of [publicKey, subject, hashInvite(unused)]) assert.ok(all.includes(there));
  const { keys, token } = caller;
  const secrets = [fromHex(token), invite, unused, secret, code.bytes()];
  const seeds = [keys.owner, keys.auth, keys.head].map((seed) => seed.bytes());
  for (const [i, one] of [...secrets, ...seeds].entries()) {
    const bytes = Buffer.from(one);
    for (const form of [bytes, bytes.toString('hex'), bytes.toString('base64')]) {
      assert.ok(!all.includes(form), `secret ${i}`);
    }
  }
});
