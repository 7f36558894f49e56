/** `holdfast key rotate`: seals what is backed up from now on under a new key; with --root, changes the 64 digits. */
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import type { Witness } from '@holdfast/core/vault-protocol';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command, Invocation } from '../command.ts';
import { commandError, usageError } from '../command-error.ts';
import { assertCanHandOver, handOverKey } from '../hand-over-key.ts';
import { LEAVE_PASSWORD, passwordToCarry } from '../passwords/carry-password.ts';
import { PASSWORD_FILE } from '../passwords/obtain-password.ts';
import { READ_SHEET } from '../passwords/use-sheet.ts';
import { findFolders } from '../places/folders.ts';
import { keepNextKey, readNextKey } from '../places/kept-key.ts';
import { keyFileName } from '../places/key-file.ts';
import { thisDevice } from '../places/open-backup.ts';
import { takeNextKey } from '../places/take-next-key.ts';
import { type ConfirmedBackup, openConfirmedBackup } from '../witnesses/open-confirmed.ts';
import { tellVaults } from '../witnesses/tell-vaults.ts';

export const command: Command = {
  name: 'key rotate',
  summary: 'Seal what is backed up from now on under a new key',
  usage: '[--root] [--key-out FILE] [--sheet FILE]',
  description: [
    'Seals what is backed up from now on, by every device, under a new key. The 64-digit key stays and opens everything, old and new; nothing is uploaded again. What is there already is read a little slower from now on, as each of its packs has to be fetched whole.',
    'With --root, for when a device was lost or somebody may have seen the 64-digit key: makes another 64-digit key, and the one before opens nothing that is backed up from now on. It still opens what was there until now, for whoever has it and the store. Your other devices say that the key was changed; type the new one there once, with "holdfast recover".',
    'A password goes on working, with its recovery sheet and its vaults; it is asked for once. Who may have learnt it has to be kept out before: "holdfast password change" first. A forgotten one is removed first, with "holdfast password remove --forgotten"; or left behind, with --leave-password, where the key can not wait for that.',
    'A change that was cut off is finished by doing it again, or begun anew with another key if it had not come into force.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    {
      name: 'root',
      summary: 'Make another 64-digit key, which takes the place of the present one',
    },
    {
      name: 'key-out',
      value: 'FILE',
      summary: 'Write the new 64-digit key to a new file instead of showing it',
    },
    READ_SHEET,
    PASSWORD_FILE,
    LEAVE_PASSWORD,
    ...BACKUP_OPTIONS,
  ],
  examples: [
    { line: 'holdfast key rotate --root', what: 'A device was lost' },
    {
      line: 'holdfast key rotate --root --sheet recovery-sheet.html',
      what: 'The same, where a password is set',
    },
    { line: 'holdfast key rotate', what: 'Now and then' },
  ],

  async run(invocation) {
    const { options } = invocation;
    if (options.has('root')) return await changeRootKey(invocation);
    const strange = ROOT_OPTIONS.find((name) => options.has(name));
    if (strange === undefined) return await beginEpoch(invocation);
    throw usageError(
      `Cannot rotate the key: --${strange} is for the 64-digit key, which stays`,
      'Did you mean --root?',
    );
  },
};

async function beginEpoch(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation;
  await using opened = await openConfirmedBackup(invocation);
  const { rotateEpoch } = await import('@holdfast/client');
  const { epoch, head } = await rotateEpoch(opened.backup, { signal });
  await opened.tellVaults();
  output.report([
    'What is backed up from now on is sealed under a new key',
    'The 64-digit key stays as it is, and opens everything',
  ]);
  output.summary({ store: opened.storeUrl, epoch, head });
  return 0;
}

async function changeRootKey(invocation: Invocation): Promise<number> {
  const { options, terminal, output, signal } = invocation;
  const keyOut = options.text('key-out');
  assertCanHandOver(invocation, keyOut, 'change the key');
  const folders = findFolders(terminal.env);
  await using opened = await openConfirmedBackup(invocation);
  const { backup, rootKey, store, storeUrl } = opened;
  if (opened.hasTakenNextKey) {
    output.report(['The change of the key that was cut off is finished', ...ADVICE]);
    output.summary({ store: storeUrl, generation: backup.keys.generation });
    return 0;
  }
  await giveUpEarlier(opened, invocation);
  using password = await passwordToCarry(invocation, opened);
  const { carried } = password;
  using nextKey = new Secret(crypto.getRandomValues(new Uint8Array(32)));
  const introduction = 'This is the new 64-digit key of your backup.';
  const warning = 'It opens everything, and the one before nothing that is backed up from now on.';
  await handOverKey(nextKey, invocation, { introduction, warning, keyOut }).catch(explainStop);
  await password.assertNewest().catch(explainStop);
  // What is in force in the store, and not kept here, would be lost.
  await keepNextKey(folders, backup.id, nextKey);
  const { rotateRoot } = await import('@holdfast/client');
  const { generation, head } = await rotateRoot(backup, {
    ...{ rootKey, nextKey, carried, signal },
    onEvent: output.event,
  }).catch(explainLateStop);
  const taken = { store, device: thisDevice(folders), storeUrl, backupId: backup.id, nextKey };
  const next = await takeNextKey(invocation, taken).catch(explainLateStop);
  const told = await tellVaults(next, invocation, password.vaults);
  await next.close();

  const file = keyFileName(options, terminal.env);
  output.report([
    'The 64-digit key is changed, and this device keeps the new one',
    ...(keyOut === undefined ? [] : [`It is in ${keyOut}: move it to a safe place`]),
    ...(file === null ? [] : [`${file} holds the key of before: replace it`]),
    ...(carried === null ? [] : CARRIED),
    ...untoldTexts(told),
    ...ADVICE,
  ]);
  const isCarried = carried !== null;
  output.summary({ store: storeUrl, generation, head, isCarried, keyFile: keyOut });
  return 0;
}

/**
 * A change that was cut off before it counted is given up: its key may have been seen since. It is kept until
 * another takes its place.
 */
async function giveUpEarlier(
  { backup }: ConfirmedBackup,
  { terminal, output, signal }: Invocation,
): Promise<void> {
  const folders = findFolders(terminal.env);
  if ((await readNextKey(folders, backup.id)) === null) return;
  const { giveUpRotation } = await import('@holdfast/client');
  await giveUpRotation(backup, { signal });
  output.warn(
    'A change of the key had been cut off before it counted. The 64 digits that were shown then open nothing: cross them out',
  );
}

/** Vaults that have yet to hear of the new key. */
function untoldTexts(told: readonly Witness[]): readonly string[] {
  const untold = told.filter(({ standing }) => standing === 'silent');
  return untold.map(
    ({ client }) =>
      `The vault at ${client.link.name} has not heard of it yet: the next run of this device that reaches it tells it`,
  );
}

const CARRIED = [
  'The password goes on working, with the same recovery sheet',
  'May somebody else know it? "holdfast password change", and then change the key once more',
];

/** Those that are of use with --root alone. */
const ROOT_OPTIONS = ['key-out', READ_SHEET.name, PASSWORD_FILE.name, LEAVE_PASSWORD.name];

const ADVICE = [
  'On each of your other devices, type the new key once: holdfast recover',
  'Destroy what shows the key of before: with the store, it opens what was backed up until now',
];

/** At Ctrl-C or the end of the input, before there is anything in the store. */
function explainStop(cause: unknown): never {
  throwStopped(cause, 'Stopped: the key is as it was, and the new one opens nothing', {
    nextStep: 'Cross it out; "holdfast key rotate --root" makes another.',
  });
}

/** From then on it may be in force. */
function explainLateStop(cause: unknown): never {
  throwStopped(cause, 'Stopped: the key may be changed already, so keep the new one', {
    nextStep: '"holdfast key rotate --root" finishes the change, or begins it anew.',
  });
}

function throwStopped(cause: unknown, message: string, { nextStep }: { nextStep: string }): never {
  if (!(cause instanceof HoldfastError) || cause.code !== 'cancelled') throw cause;
  throw commandError('cancelled', message, { cause, nextStep });
}
