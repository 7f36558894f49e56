/** `holdfast-server hsm rotate`: how the wrapping keys of a vault stand, and the end of the older ones. */
import {
  countWrappedKeys,
  endOlderKeys,
  KeyRotation,
  readRotation,
  readServedMs,
  WRAPPING_KEY_MS,
} from '@holdfast/vault/vault';
import type { Command, Option } from '../command.ts';
import { CommandError, usageError } from '../command-error.ts';
import { formatDays } from '../output/format-days.ts';
import { openRecordsCopy } from '../parts/records-copy.ts';
import { type VaultParts, withVaultParts } from '../parts/vault-parts.ts';
import { CONFIG, readSettings } from '../settings/read-settings.ts';
import { optionsOf } from '../settings/setting.ts';
import { ADMIN_SETTINGS, VAULT_REALM } from '../settings/vault-settings.ts';

const COPY: Option = {
  name: 'copy',
  value: 'FILE',
  summary:
    'Check a copy of the records, and destroy the older wrapping keys if it does without them',
};
const NOW: Option = { name: 'now', summary: 'Move on to the next wrapping key before it is due' };

const GIVE_UP: Option = {
  name: 'give-up-damaged',
  summary: "With --copy: do so although backups in it can't be read, and never will be",
};

/** So few wrapping keys left call for more. */
const FEW = 3;

export const command: Command = {
  name: 'hsm rotate',
  summary: 'Show how the wrapping keys stand, and destroy older ones',
  description: [
    'A running vault moves on to the next wrapping key every 30 days, and wraps all keys of records again under it. Records that were destroyed are gone from older copies of its database only once the wrapping key before is destroyed, too. That takes a copy that was made since, or a lost disk would be the end of all records.',
    'Without an option this shows how things stand, and what to do next. With --copy it opens every record of a copy and, if none is missing and none needs an older wrapping key, destroys the older ones: for good, and so all older copies are worth nothing. The file is a copy of records.sqlite; with PostgreSQL, a file that holds the address of a database that the copy was restored to.',
    'The vault may be running. All its nodes follow within a minute or two.',
  ],
  options: [COPY, GIVE_UP, NOW, CONFIG, ...optionsOf(ADMIN_SETTINGS)],
  examples: [
    { line: 'holdfast-server hsm rotate', what: 'How it stands' },
    {
      line: 'holdfast-server hsm rotate --copy /srv/copies/vault-2026-11-22.sqlite',
      what: 'Destroy what that copy does without',
    },
  ],

  async run({ arguments: given, env, say }) {
    const settings = await readSettings(ADMIN_SETTINGS, given, env, VAULT_REALM);
    const copyPath = given.options.get(COPY.name)?.at(-1);
    const isNow = given.options.has(NOW.name);
    const givesUpDamaged = given.options.has(GIVE_UP.name);
    if (isNow && copyPath !== undefined) {
      throw usageError('Cannot run hsm rotate: --now and --copy are for different days');
    }
    if (givesUpDamaged && copyPath === undefined) {
      throw usageError(
        'Cannot run hsm rotate: --give-up-damaged is for a copy, which --copy names',
      );
    }
    await withVaultParts(settings, env, async (parts) => {
      if (isNow) await moveOn(parts);
      if (copyPath !== undefined) {
        const { number, ledgers } = await endByCopy(parts, copyPath, givesUpDamaged);
        say(`The copy is whole, and holds ${ledgers} ${ledgers === 1 ? 'backup' : 'backups'}.`);
        say(
          `All wrapping keys before ${number} are destroyed: copies from before it are worth nothing.`,
        );
        say('');
      }
      for (const line of await describeRotation(parts)) say(line);
    });
    return 0;
  },
};

async function moveOn(parts: VaultParts): Promise<void> {
  const servedMs = await readServedMs(parts);
  const rotation = new KeyRotation({ ...parts, servedMs: () => servedMs });
  await rotation.step();
  if (await rotation.moveOn()) return;
  const nextStep = 'Let the security officer make more: "holdfast-server hsm init" adds them.';
  throw new CommandError('hsm-unusable', 'Cannot move on: no wrapping key is left', { nextStep });
}

async function endByCopy(parts: VaultParts, path: string, givesUpDamaged: boolean) {
  await using opened = new AsyncDisposableStack();
  const copy = await openRecordsCopy(path, parts);
  opened.defer(() => copy.close());
  return await endOlderKeys({ ...parts, copy, givesUpDamaged });
}

async function describeRotation(parts: VaultParts): Promise<string[]> {
  const { hsm } = parts;
  const rotation = await readRotation(parts);
  if (rotation === null) return ['This vault was not run yet.'];
  const { number, sinceMs } = rotation;
  const { first, last } = await hsm.wrappingKeys();
  const ageMs = Math.max(0, (await readServedMs(parts)) - sinceMs);
  const { ledgers, behind, damaged } = await countWrappedKeys({
    ...parts,
    wrappingKey: number,
    unwraps: false,
  });
  const left = Math.max(0, last - number);
  const dueMs = Math.max(0, WRAPPING_KEY_MS - ageMs);
  const next = left === 0 ? 'there is no next one' : `the next one in ${formatDays(dueMs)}`;
  const lines = [
    `Wrapping key    ${number}, for ${formatDays(ageMs)}; ${next}`,
    `Older ones      ${number === first ? 'none' : listNumbers(first, number - 1)}`,
    `Backups         ${ledgers}, of which ${behind} need an older one`,
  ];
  if (damaged > 0) lines.push(`Damaged         ${damaged}, which can't be read`);
  return [...lines, ...adviseOn({ isAlone: number === first, behind, left })];
}

function adviseOn({
  isAlone,
  behind,
  left,
}: {
  readonly isAlone: boolean;
  readonly behind: number;
  readonly left: number;
}): string[] {
  const advice: string[] = [];
  if (behind > 0) {
    advice.push('', 'The running vault wraps the others again, 10 minutes after it moved on.');
  } else if (!isAlone) {
    advice.push('', 'Make a copy of the records now, and show it:');
    advice.push('  holdfast-server hsm rotate --copy FILE');
  }
  if (left < FEW) {
    advice.push(
      '',
      `${['No wrapping key is', 'One wrapping key is'][left] ?? `${left} wrapping keys are`} left.`,
    );
    advice.push('Let the security officer make more: "holdfast-server hsm init" adds them.');
  }
  return advice;
}

function listNumbers(first: number, last: number): string {
  return first === last ? `${first}` : `${first} to ${last}`;
}
