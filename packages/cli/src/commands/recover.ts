/** `holdfast recover`: brings the root key back to this device, from the 64 digits or by password. */
import type { Backup, Store } from '@holdfast/client';
import { safeText } from '@holdfast/client/safe-text';
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { findKeyTypos, formatKey, type ParsedKey } from '@holdfast/core/key-text';
import { Secret } from '@holdfast/core/secret';
import type { Witness } from '@holdfast/core/vault-protocol';
import { ACCEPT_STALE, BACKUP_OPTIONS, DEFAULT } from '../arguments/every-option.ts';
import type { Options } from '../arguments/options.ts';
import { obtainKey } from '../ask-key.ts';
import type { Command, Invocation } from '../command.ts';
import { type CommandError, commandError, usageError } from '../command-error.ts';
import { PASSWORD_FILE } from '../passwords/obtain-password.ts';
import { readSheetFile } from '../passwords/read-sheet-file.ts';
import { type RecoverPlace, recoverByPassword } from '../passwords/recover-by-password.ts';
import { READ_SHEET } from '../passwords/use-sheet.ts';
import { adviseNext, chooseStore, rememberStore } from '../places/choose-store.ts';
import { emptiedStore } from '../places/emptied-store.ts';
import { type Folders, findFolders } from '../places/folders.ts';
import { keepKey, recallBackup } from '../places/kept-key.ts';
import { thisDevice } from '../places/open-backup.ts';
import { readTrustedVaults } from '../places/trusted-vaults.ts';
import { canAsk } from '../terminal/terminal.ts';
import { confirmNewest } from '../witnesses/confirm-newest.ts';
import { tellVaults } from '../witnesses/tell-vaults.ts';
import { answersAmong, UNCONFIRMED, witnessFacts } from '../witnesses/witness-texts.ts';

const NAME_STORE = 'Say where the backup lies: holdfast recover --store URL';

export const command: Command = {
  name: 'recover',
  summary: 'Bring the key to this device, by its digits or a password',
  usage: '[--store URL] [--method HOW] [--key-file FILE] [--sheet FILE]',
  description: [
    'Asks for the 64-digit key, checks it against the store, and keeps it on this device, so that every other command can use it. A row with a typing error is named at once. With a key that was written down without its letters, a single slip is found too.',
    'With --method password, asks for what the recovery sheet says, and for the password; --sheet FILE takes all from the sheet but the password, the store too unless --store is given. A wrong password is a guess, which the vaults count: they destroy what they keep after ten in a row. Who changed the password may try the one before with --older, as long as it works.',
    'When this device, or a vault that it trusts, has seen a newer state of the backup than the store shows, or another history of it, it refuses to go on (exit code 14). With --accept-stale it takes what is there, and has vaults and other devices take it: do so when you know why, such as a store that was itself restored. When the newest state is lost or damaged, --accept-stale also makes the newest that can be read the one that every device goes on from: do so when "holdfast check" has told what is missing, and it can not be brought back.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    {
      name: 'method',
      value: 'HOW',
      choices: ['key', 'password'],
      summary: 'By key (when not said) or password',
    },
    READ_SHEET,
    PASSWORD_FILE,
    { name: 'older', summary: 'Try the password before the newest, while it still works' },
    DEFAULT,
    ACCEPT_STALE,
    ...BACKUP_OPTIONS,
  ],
  examples: [
    { line: 'holdfast recover --store /media/disk/backup', what: 'On a new device' },
    { line: 'holdfast recover --key-file key.txt', what: 'From a file' },
    {
      line: 'holdfast recover --method password --sheet recovery-sheet.html',
      what: 'By password',
    },
  ],

  async run(invocation) {
    const { options, terminal, output, signal } = invocation;
    const folders = findFolders(terminal.env);
    const acceptsStale = options.has(ACCEPT_STALE.name);
    const method = readMethod(options);
    const storeUrl = await recoveredStore(invocation, folders);
    const client = await import('@holdfast/client');
    const store = await client.openStore(storeUrl);
    const device = thisDevice(folders);
    const open = (rootKey: Secret): Promise<Backup> =>
      client.openBackup(store, rootKey, {
        device,
        onDamage: 'read-older',
        onStale: acceptsStale ? 'accept' : 'fail',
        signal,
        onEvent: output.event,
      });

    // A provider tells nobody before it knows who asks.
    const thereId = store.account === null ? await client.readBackupId(store) : null;
    if (thereId === null && store.account === null) {
      const error = new HoldfastError('backup-missing', 'Cannot recover: there is no backup here');
      throw (await emptiedStore(store, storeUrl, folders)) ?? error;
    }
    using found =
      method === 'key'
        ? await findByKey(invocation, store, open)
        : await findByPassword(invocation, { folders, store, backupId: thereId }, open);
    const { rootKey, backup, vaults } = found;
    const backupId = backup.id;
    const { deviceName } = backup.device;
    const witnessed = [...(await readTrustedVaults(folders)), ...vaults];
    const { witnesses, isStale } = await confirmNewest(backup, invocation, {
      ...{ vaults: witnessed, acceptsStale },
      howToAccept: 'To take what it shows all the same, add --accept-stale.',
    }).catch(async (error: unknown) => {
      await found.finish();
      throw error;
    });
    const isOlder = acceptsStale && (await client.acceptOlderState(backup, { signal }));
    if (isOlder) await tellVaults(backup, invocation, witnessed);
    const { number } = backup.state.head;
    await backup.close();
    const before = await recallBackup(folders, storeUrl);
    await keepKey(folders, { backupId, rootKey, storeUrl });
    const defaultUrl = await rememberStore(storeUrl, options, folders);

    output.report([
      method === 'key'
        ? 'The key is right, and this device keeps it from now on'
        : 'The password is right, and this device keeps the key from now on',
      ...(before !== null && !equalBytes(before, backupId)
        ? ['The store held another backup before: the key of that one stays on this device too']
        : []),
      ...(isOlder
        ? [`The backup goes on as head ${number}; what only newer states listed is given up`]
        : []),
      ...(isStale ? [] : describeAnswers(witnesses, number)),
      `Snapshots of this device will have its name, "${safeText(deviceName)}"`,
      ...adviseNext('restore --to DIR', storeUrl, defaultUrl),
    ]);
    const isDefault = storeUrl === defaultUrl;
    await found.finish();
    for (const text of hiddenKeyTexts(witnesses, await found.provedBy())) output.warn(text);
    const facts = { store: storeUrl, isDefault, backupId: backupId.toHex(), isOlder };
    output.summary({ ...facts, ...witnessFacts(witnesses) });
    return 0;
  },
};

/** What vaults say of the state that was taken. */
function describeAnswers(witnesses: readonly Witness[], number: number): string[] {
  if (witnesses.length === 0) return [];
  const known = answersAmong(witnesses).length;
  if (known === 0) return [UNCONFIRMED];
  const n = witnesses.length;
  const who = n === 1 ? 'The vault knows' : `${known} of ${n} vaults know`;
  return [`${who} of nothing newer than state ${number}`];
}

/** Of vaults that brought the key back, and then know nothing of its owner; the latter is not signed. */
function hiddenKeyTexts(
  witnesses: readonly Witness[],
  provedBy: readonly Uint8Array[],
): readonly string[] {
  const strange = witnesses.filter(
    ({ client, standing }) =>
      standing === 'unknown' &&
      provedBy.some((identity) => equalBytes(identity, client.link.identity)),
  );
  return strange.map(
    ({ client }) =>
      `The vault at ${client.link.name} took the password, but not the key that it brings back: the key may have been changed since, and the store not show it. Do not back up with this key before you know`,
  );
}

/** @throws {HoldfastError} `usage` for another, and for options of the other one. */
function readMethod(options: Options): 'key' | 'password' {
  const method = options.text('method') ?? 'key';
  if (method !== 'key' && method !== 'password') {
    throw usageError(`Cannot recover: there is no method ${method}`, 'One of: key, password.');
  }
  const strange = method === 'key' ? ['sheet', 'password-file', 'older'] : ['key-file'];
  const given = strange.find((name) => options.has(name));
  if (given === undefined) return method;
  throw usageError(
    `Cannot recover: --${given} is not for the method ${method}`,
    method === 'key' ? 'Did you mean --method password?' : 'Leave it out, or leave --method out.',
  );
}

/** The one that is named; else that of the recovery sheet; else the default. */
async function recoveredStore(
  { options, terminal }: Invocation,
  folders: Folders,
): Promise<string> {
  const path = options.text(READ_SHEET.name);
  if (path !== undefined && !options.has('store')) return (await readSheetFile(path)).storeUrl;
  return await chooseStore(options, terminal.env, folders, NAME_STORE);
}

/** A key that opens the backup; wiped when this is disposed. */
interface FoundKey extends Disposable {
  readonly rootKey: Secret;
  readonly backup: Backup;
  /** Those of the recovery sheet, when there was one. */
  readonly vaults: readonly TrustedVault[];
  /** For when the key is kept. */
  finish(): Promise<void>;
  /** Identities of vaults that noted that the password was right. */
  provedBy(): Promise<readonly Uint8Array[]>;
}

async function findByKey(
  invocation: Invocation,
  store: Store,
  open: (rootKey: Secret) => Promise<Backup>,
): Promise<FoundKey> {
  const typed = await obtainKey(invocation);
  let rootKey = new Secret(typed.bytes);
  try {
    const backup = await open(rootKey).catch(async (error: unknown) => {
      if (!(error instanceof HoldfastError) || error.code !== 'wrong-key') throw error;
      if (store.account !== null) throw wrongKey(error);
      rootKey = await mendKey(store, typed, invocation);
      return await open(rootKey);
    });
    const finish = async (): Promise<void> => undefined;
    const none = { vaults: [], finish, provedBy: async () => [] };
    return { ...none, rootKey, backup, [Symbol.dispose]: () => rootKey.wipe() };
  } catch (error) {
    rootKey.wipe();
    throw error;
  }
}

async function findByPassword(
  invocation: Invocation,
  place: RecoverPlace,
  open: (rootKey: Secret) => Promise<Backup>,
): Promise<FoundKey> {
  const { rootKey, ended, ...rest } = await recoverByPassword(invocation, place);
  try {
    const backup = await open(rootKey);
    const provedBy = async () =>
      (await ended).flatMap(({ identity, isProved }) => (isProved ? [identity] : []));
    return { ...rest, rootKey, backup, provedBy, [Symbol.dispose]: () => rootKey.wipe() };
  } catch (error) {
    rootKey.wipe();
    await ended;
    throw error;
  }
}

/** Finds a single slip in a wrong key; shows the right row only to a person at the terminal. */
async function mendKey(
  store: Store,
  typed: ParsedKey,
  { terminal, output, signal }: Invocation,
): Promise<Secret> {
  output.aside('The key does not open this backup. Looking for a typing error …');
  const { keyVerifier } = await import('@holdfast/client');
  const isRight = await keyVerifier(store, { signal });
  const found = await findKeyTypos(typed.bytes, (candidate) => {
    signal.throwIfAborted();
    return isRight(candidate);
  });
  if (found === null) {
    throw wrongKey();
  }
  const { rows, bytes } = found;
  const which = rows.length === 1 ? `row ${rows[0]}` : `rows ${rows.join(' and ')}`;
  if (!canAsk(terminal)) {
    bytes.fill(0);
    throw commandError(
      'key-typo',
      `Cannot open the backup: the key has a typing error in ${which}`,
      {
        details: { rows },
      },
    );
  }
  const right = formatKey(bytes);
  output.tell(`There was a typing error in ${which}. Correct what you wrote down:`);
  output.tell('');
  for (const row of rows) output.tell(`    ${right[row - 1]}`);
  output.tell('');
  return new Secret(bytes);
}

function wrongKey(cause?: unknown): CommandError {
  const message = 'Cannot open the backup: the key is not the one of this backup';
  const nextStep = 'Compare every row, and check that --store names the right store.';
  return commandError('wrong-key', message, { cause, nextStep });
}
