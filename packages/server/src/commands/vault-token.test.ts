/** A vault whose keys are on a token of the real SoftHSM2. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { vaultFingerprint } from '@holdfast/core/vault-protocol';
import { SOFT_HSM_LIBRARY, SoftHsm } from '@holdfast/testing/soft-hsm';
import { printedFingerprint, runServer, ServerProcess } from '../fixture/server-process.ts';
import { askIdentity, askToken, VaultCaller } from '../fixture/vault-caller.ts';

if (SOFT_HSM_LIBRARY === null) {
  test('a vault on a token', { skip: 'NOT RUN: softhsm2 is not installed' }, () => {});
} else {
  testOn(SOFT_HSM_LIBRARY);
}

function testOn(library: string): void {
  const softHsm = new SoftHsm(2);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-token-'));
  after(() => {
    softHsm[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });
  const env = { SOFTHSM2_CONF: process.env.SOFTHSM2_CONF ?? '' };
  const pins = {
    HOLDFAST_VAULT_PKCS11_PIN: softHsm.userPin,
    HOLDFAST_VAULT_PKCS11_OFFICER_PIN: softHsm.officerPin,
  };
  const pinFile = join(folder, 'pin');
  writeFileSync(pinFile, `${softHsm.userPin}\n`, { mode: 0o600 });

  test('hsm init sets a token up, and a vault serves from it, with no key in its folder', async () => {
    const place = ['--pkcs11-library', library, '--pkcs11-token', softHsm.takeToken()];
    const made = await runServer(['hsm', 'init', ...place, '--wrapping-keys', '3'], {
      ...env,
      ...pins,
    });
    assert.equal(made.exitCode, 0, made.stderr);
    assert.match(made.stdout, /^The token .* is ready\n/);
    assert.match(made.stdout, /Wrapping keys {2}1 to 3\n/);

    const data = join(folder, 'vault');
    const args = ['vault', '--listen', '127.0.0.1:0', '--data', data, ...place];
    await using server = new ServerProcess([...args, '--pkcs11-pin-file', pinFile], env);
    const url = await server.url();
    const identity = await askIdentity(url);
    const fingerprint = await vaultFingerprint(nodeCrypto, identity);
    assert.equal(printedFingerprint(server), fingerprint);
    assert.equal(printedFingerprint(made), fingerprint);
    const { outcome } = await new VaultCaller(url, identity).enrol(
      await askToken(url, '5e'.repeat(32)),
    );
    assert.equal(outcome, 'done');
    assert.ok(readdirSync(data).every((name) => name.startsWith('records.sqlite')));
    server.signal('SIGTERM');
    const { exitCode, stderr } = await server.ended();
    assert.equal(exitCode, 0, stderr);
    const rotate = (...options: string[]) =>
      runServer(
        ['hsm', 'rotate', '--data', data, ...place, '--pkcs11-pin-file', pinFile, ...options],
        env,
      );
    assert.match(
      (await rotate('--now')).stdout,
      /^Wrapping key {4}2, .*\n.*\n.*\n(.*\n)*One wrapping key is left/,
    );
    assert.match(
      (await rotate('--now')).stdout,
      /there is no next one\n(.*\n)*No wrapping key is left\.\n/,
    );
    const none = await rotate('--now');
    assert.equal(none.exitCode, 1);
    assert.match(none.stderr, /no wrapping key is left\n +Let the security officer make more/);
    const more = await runServer(['hsm', 'init', ...place, '--wrapping-keys', '5'], {
      ...env,
      ...pins,
    });
    assert.match(more.stdout, /Wrapping keys {2}1 to 8\n/);
    assert.match((await rotate('--now')).stdout, /^Wrapping key {4}4, .*\nOlder ones {6}1 to 3\n/);
    const printed = made.stdout + server.stdout + stderr;
    assert.ok(!printed.includes(softHsm.officerPin));
  });

  test('a token that was not set up, a wrong PIN, and no PIN are refused', async () => {
    const place = ['--pkcs11-library', library, '--pkcs11-token', softHsm.takeToken()];
    const args = ['vault', '--listen', '127.0.0.1:0', '--data', join(folder, 'other'), ...place];
    const bare = await runServer([...args, '--pkcs11-pin-file', pinFile], env);
    assert.equal(bare.exitCode, 1);
    const wrong = await runServer(args, { ...env, HOLDFAST_VAULT_PKCS11_PIN: '99990000' });
    assert.equal(wrong.exitCode, 1);
    assert.doesNotMatch(wrong.stderr, /99990000/);
    const none = await runServer(args, env);
    assert.equal(none.exitCode, 2);
    assert.match(
      none.stderr,
      /there is no PIN\n +Set --pkcs11-pin-file, or HOLDFAST_VAULT_PKCS11_PIN/,
    );
  });

  test('a token is named by library and label', async () => {
    const { exitCode, stderr } = await runServer(['hsm', 'status', '--pkcs11-library', library]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /Cannot use PKCS#11: --pkcs11-token is missing/);
  });
}
