/**
 * Brings the root key to a new device by password: everything else from the recovery sheet, as a file or
 * asked for one by one (spec/vault-protocol.md §12.2).
 */
import type { Store } from '@holdfast/client';
import type { TrustedVault } from '@holdfast/client/vaults';
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import { vaultFingerprint } from '@holdfast/core/vault-protocol';
import { askAccountCode } from '../ask-key.ts';
import type { Invocation } from '../command.ts';
import { commandError, usageError } from '../command-error.ts';
import type { Folders } from '../places/folders.ts';
import { readTrustedVaults, trustVaults } from '../places/trusted-vaults.ts';
import { hexGroups } from '../terminal/hex-groups.ts';
import { Questions } from '../terminal/questions.ts';
import { canAsk } from '../terminal/terminal.ts';
import { meetVault } from '../vaults/meet-vault.ts';
import { PASSWORD_FILE } from './obtain-password.ts';
import { assertOfBackup, READ_SHEET, readSheetFile } from './read-sheet-file.ts';
import type { RecoverySheet, SheetVault } from './recovery-sheet.ts';
import { failureText, tryPassword } from './try-password.ts';

export interface RecoverPlace {
  readonly folders: Folders;
  readonly store: Store;
  /** As the store says it: believed only once the person, or their sheet, has said the same. */
  readonly backupId: Uint8Array;
}

/** What the person has of their sheet. */
interface KnownSheet {
  readonly accountCode: Secret;
  readonly vaults: readonly TrustedVault[];
  readonly t: number;
}

/**
 * On success this device trusts the vaults of the sheet.
 *
 * @returns The root key; the caller wipes it.
 * @throws {HoldfastError} `usage` when something of the sheet is missing; as `tryPassword`.
 */
export async function recoverByPassword(
  invocation: Invocation,
  { folders, store, backupId }: RecoverPlace,
): Promise<Secret> {
  const path = invocation.options.text(READ_SHEET.name);
  const sheet = path === undefined ? null : await readSheetFile(path);
  if (sheet !== null) assertOfBackup(sheet, backupId);
  const known =
    sheet === null
      ? await askForSheet(invocation, folders, backupId)
      : await meetSheetVaults(invocation, sheet);
  const { accountCode, vaults, t } = known;
  const recovered = await tryPassword(
    invocation,
    { folders, store, backupId, vaults, accountCode, minimumT: t },
    {
      question: 'Password (nothing is shown): ',
      fileOption: PASSWORD_FILE,
      isOlder: invocation.options.has('older'),
    },
  );
  accountCode.wipe();
  recovered.proofSeed.wipe();
  recovered.owner.ownerSeed.wipe();
  const silent = sheet === null ? [] : await vaultsOfRecord(sheet, recovered.record.body.vaults);
  await trustVaults(folders, [...silent, ...vaults]);
  return recovered.owner.rootKey;
}

/** Asks the vaults of the sheet who they are; leaves out who is another, or silent. */
async function meetSheetVaults(
  { output, signal }: Invocation,
  { vaults, t, accountCode }: RecoverySheet,
): Promise<KnownSheet> {
  const { greetVault, parseVaultUrl } = await import('@holdfast/client/vaults');
  const met = await Promise.all(
    vaults.map(async ({ url: text, fingerprint }): Promise<TrustedVault | null> => {
      const url = parseVaultUrl(text);
      try {
        const greeting = await greetVault(url, { signal });
        if (greeting.fingerprint === fingerprint) return { url, identity: greeting.identity };
        output.warn(
          `ANOTHER VAULT ANSWERS at ${url} than the one on your recovery sheet: it is left out`,
        );
      } catch (error) {
        signal.throwIfAborted();
        output.warn(failureText(url, error));
      }
      return null;
    }),
  );
  const found = met.filter((vault) => vault !== null);
  if (found.length >= t) return { accountCode, vaults: found, t };
  const state = `${found.length} of the vaults on the sheet answer, ${t} are needed`;
  throw new HoldfastError('vaults-unreachable', `Cannot recover: ${state}`);
}

/** Vaults of the sheet that were silent, by their identity in the record that was opened. */
async function vaultsOfRecord(
  { vaults }: RecoverySheet,
  listed: readonly { readonly identity: Uint8Array }[],
): Promise<readonly TrustedVault[]> {
  const { parseVaultUrl } = await import('@holdfast/client/vaults');
  const found = await Promise.all(
    listed.map(async ({ identity }) => {
      const fingerprint = await vaultFingerprint(nodeCrypto, identity);
      const vault = vaults.find((other: SheetVault) => other.fingerprint === fingerprint);
      return vault === undefined ? [] : [{ url: parseVaultUrl(vault.url), identity }];
    }),
  );
  return found.flat();
}

/** What the sheet says, typed or compared at the terminal. */
async function askForSheet(
  invocation: Invocation,
  folders: Folders,
  backupId: Uint8Array,
): Promise<KnownSheet> {
  const { terminal, output, signal } = invocation;
  if (!canAsk(terminal)) {
    throw usageError(
      'Cannot ask for the recovery sheet: there is no terminal',
      'Name its file with --sheet FILE, and that of the password with --password-file FILE.',
    );
  }
  output.tell('The store holds this backup:');
  for (const line of hexGroups(backupId.toHex())) output.tell(`    ${line}`);
  {
    using questions = new Questions(terminal, signal);
    const answer = await questions.ask(
      'Is it the "Backup" on your recovery sheet? Type yes or no: ',
    );
    if (!/^y(es)?$/i.test(answer)) {
      throw commandError(
        'cancelled',
        'Stopped: the store holds another backup than the sheet is of',
        {
          nextStep: 'A store that shows another backup could learn your password: check --store.',
        },
      );
    }
  }
  const t = await askThreshold(invocation);
  const vaults = await askVaults(invocation, folders, t);
  return { accountCode: new Secret((await askAccountCode(invocation)).bytes), vaults, t };
}

async function askThreshold({ terminal, output, signal }: Invocation): Promise<number> {
  using questions = new Questions(terminal, signal);
  while (true) {
    const typed = await questions.ask('Threshold, the first number of it on the sheet: ');
    const t = Number(typed);
    if (Number.isInteger(t) && t >= 1 && t <= 9) return t;
    output.tell('That is no number from 1 to 9.');
  }
}

/** Those that this device trusts already, and all that are typed. */
async function askVaults(
  invocation: Invocation,
  folders: Folders,
  t: number,
): Promise<readonly TrustedVault[]> {
  const { terminal, output, signal } = invocation;
  let vaults = await readTrustedVaults(folders);
  for (const { url } of vaults) output.tell(`This device trusts the vault at ${url}.`);
  while (true) {
    let typed: string;
    {
      using questions = new Questions(terminal, signal);
      typed = await questions.ask(
        'Address of a vault on the sheet, or nothing when that was all: ',
      );
    }
    if (typed === '' && vaults.length >= t) return vaults;
    if (typed === '') {
      output.tell(`${t} of the vaults are needed.`);
      continue;
    }
    try {
      const met = await meetVault(invocation, typed, vaults, {
        fingerprint: null,
        isUnseen: false,
        source: 'the one on your recovery sheet',
      });
      // One vault at two addresses is one.
      vaults = [...vaults.filter(({ identity }) => !equalBytes(identity, met.identity)), met];
    } catch (error) {
      if (!(error instanceof HoldfastError) || signal.aborted) throw error;
      output.tell(`${error.message}.`);
    }
  }
}
