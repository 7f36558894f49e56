/** `holdfast init`: makes the root key, sees to it that the person has it, then starts the backup. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import { DEFAULT, STORE } from '../arguments/every-option.ts';
import type { Command, Invocation } from '../command.ts';
import { commandError } from '../command-error.ts';
import { assertCanHandOver, handOverKey } from '../hand-over-key.ts';
import { adviseNext, chooseStore, rememberStore } from '../places/choose-store.ts';
import { type Folders, findFolders } from '../places/folders.ts';
import { keepKey, recallBackup } from '../places/kept-key.ts';
import { thisDevice } from '../places/open-backup.ts';

export const command: Command = {
  name: 'init',
  summary: 'Start a backup in a store, and make its key',
  usage: '--store URL [--key-out FILE] [--invite CODE] [--default] [--anew]',
  description: [
    'Starts an encrypted backup in a store; the first store becomes the default, which commands use without --store. A new 64-digit key is shown: write it down. Whoever loses it and this device loses the backup; nobody else can open it.',
    'Without a terminal, --key-out says where the key goes.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    STORE,
    {
      name: 'key-out',
      value: 'FILE',
      summary: 'Write the key to a new file instead of showing it',
    },
    {
      name: 'invite',
      value: 'CODE',
      summary: 'The invite that the operator of a provider gave you',
    },
    DEFAULT,
    { name: 'anew', summary: 'Start another backup where one is gone that this device knows' },
  ],
  examples: [
    { line: 'holdfast init --store /media/disk/backup', what: 'In a folder on another disk' },
    { line: 'holdfast init --store https://backup.example.org', what: 'At a backup provider' },
    {
      line: 'holdfast init --store file:/srv/backup --key-out key.txt',
      what: 'From a script; move the file to a safe place afterwards',
    },
  ],

  async run(invocation) {
    const { options, terminal, output, signal } = invocation;
    const keyOut = options.text('key-out');
    const folders = findFolders(terminal.env);
    const storeUrl = await chooseStore(options, terminal.env, folders);
    await assertFree(storeUrl, invocation, folders);
    assertCanHandOver(invocation, keyOut, 'start a backup');

    using rootKey = new Secret(crypto.getRandomValues(new Uint8Array(32)));
    const introduction = 'This is the 64-digit key of your backup.';
    const warning = 'It opens everything. Without it and without this device, nothing can.';
    await handOverKey(rootKey, invocation, { introduction, warning, keyOut }).catch(explainStop);
    let backupId: Uint8Array;
    try {
      const client = await import('@holdfast/client');
      const store = await client.openStore(storeUrl, { create: true });
      const device = thisDevice(folders);
      const invite = options.text('invite');
      const { backup } = await client.initBackup(store, { device, rootKey, invite, signal });
      backupId = backup.id;
      await backup.close();
    } catch (error) {
      if (keyOut !== undefined) await rm(keyOut, { force: true });
      throw error;
    }
    await keepKey(folders, { backupId, rootKey, storeUrl });
    const defaultUrl = await rememberStore(storeUrl, options, folders);

    output.report([
      `Backup started in ${storeUrl}`,
      ...(keyOut === undefined
        ? []
        : [`The 64-digit key is in ${keyOut}: move it to a safe place`]),
      ...adviseNext('backup FOLDER', storeUrl, defaultUrl),
    ]);
    output.summary({
      store: storeUrl,
      isDefault: storeUrl === defaultUrl,
      backupId: backupId.toHex(),
      keyFile: keyOut,
    });
    return 0;
  },
};

/** Leaves everything as it is: the folder is made once the person has the key. */
async function assertFree(
  storeUrl: string,
  invocation: Invocation,
  folders: Folders,
): Promise<void> {
  const { options, output } = invocation;
  const client = await import('@holdfast/client');
  const isKnown = !options.has('anew') && (await recallBackup(folders, storeUrl)) !== null;
  const place = await client.lookAtPlace(storeUrl);
  if (place === 'provider') {
    if (!isKnown) return await assertTakesNew(storeUrl, invocation);
    throw commandError(
      'backup-exists',
      'Cannot start a backup: this device has one at this provider already',
      { nextStep: 'With --anew, another is started, and this device uses that one from then on.' },
    );
  }
  if (place === 'missing' && !isKnown) return;
  const store = await client.openStore(storeUrl);
  if ((await client.readBackupId(store)) !== null) {
    throw new HoldfastError('backup-exists', 'Cannot start a backup: this store already holds one');
  }
  if (isKnown) {
    throw commandError(
      'store-unreachable',
      'Cannot start a backup: this store held one before, which is not there now',
      { nextStep: 'Is its disk mounted? With --anew, another backup is started all the same.' },
    );
  }
  if (place === 'filled') {
    output.warn(
      `${storeUrl} holds other things, and the backup would lie among them. A folder of its own: ${join(storeUrl, 'holdfast')}`,
    );
  }
}

/** Before the person writes a key down for nothing. @throws {HoldfastError} `invite-needed`. */
async function assertTakesNew(storeUrl: string, { options, signal }: Invocation): Promise<void> {
  const { greetProvider } = await import('@holdfast/client');
  const { signUp } = await greetProvider(storeUrl, { signal });
  if (signUp === 'open' || (signUp === 'invite' && options.has('invite'))) return;
  const state = signUp === 'closed' ? 'takes no new backups' : 'takes new backups by invite';
  throw commandError('invite-needed', `Cannot start a backup: ${storeUrl} ${state}`, {
    nextStep:
      signUp === 'closed'
        ? 'Choose another store.'
        : 'Ask its operator for an invite, and name it with --invite.',
  });
}

/** At Ctrl-C or the end of the input, before there is anything in the store. */
function explainStop(cause: unknown): never {
  if (!(cause instanceof HoldfastError) || cause.code !== 'cancelled') throw cause;
  throw commandError('cancelled', 'Stopped: no backup was started, and this key opens nothing', {
    cause,
    nextStep: 'Cross it out; "holdfast init" makes another.',
  });
}
