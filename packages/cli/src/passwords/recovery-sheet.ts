/**
 * The recovery sheet: one page that brings a new device to its recovery records and guesses. It opens
 * nothing; its finder can spend guesses.
 */
import { ACCOUNT_CODE, formatKey, parseKey } from '@holdfast/core/key-text';
import { Secret } from '@holdfast/core/secret';
import { usageError } from '../command-error.ts';
import { formatHtmlPage, formatTextPage, readPageText, type SheetPage } from '../sheet-page.ts';
import { hexGroups, readHexGroups } from '../terminal/hex-groups.ts';
import { formatDate } from '../terminal/quantities.ts';

export interface SheetVault {
  readonly url: string;
  /** 64 hex digits. */
  readonly fingerprint: string;
}

export interface RecoverySheet {
  readonly storeUrl: string;
  /** 32 bytes. */
  readonly backupId: Uint8Array;
  /** 16 bytes. */
  readonly accountCode: Secret;
  readonly vaults: readonly SheetVault[];
  /** How many of the vaults suffice. */
  readonly t: number;
}

/** @param isHtml Else plain text. */
export function formatRecoverySheet(sheet: RecoverySheet, atMs: number, isHtml: boolean): string {
  const page = sheetPage(sheet, atMs);
  return isHtml ? formatHtmlPage(page) : formatTextPage(page);
}

function sheetPage(sheet: RecoverySheet, atMs: number): SheetPage {
  const { storeUrl, backupId, accountCode, vaults, t } = sheet;
  return {
    title: 'Holdfast recovery sheet',
    warning:
      'This page and your password together bring the backup back. The page alone opens nothing, but who finds it can guess at your password until the vaults destroy its key: keep it apart from where you note passwords.',
    rows: formatKey(accountCode.bytes(), ACCOUNT_CODE),
    stepsTitle: 'To get the chats back',
    steps: [
      'Install holdfast on the new device: the README of the Holdfast project says how.',
      'Run "holdfast recover --method password --store STORE", with the store below or where its disk is now. It asks for what is on this page, from the four rows above on, has you compare "Backup" and the fingerprints, and asks for your password. With this page as a file, --sheet FILE answers all but the password.',
      'Run "holdfast restore --to FOLDER".',
    ],
    facts: [
      ['Store', [storeUrl]],
      ['Backup', hexGroups(backupId.toHex())],
      ['Threshold', [`${t} of ${vaults.length}`]],
      ...vaults.map(
        ({ url, fingerprint }, index) =>
          [`Vault ${index + 1}`, [url, ...hexGroups(fingerprint)]] as const,
      ),
      ['Date', [formatDate(atMs).slice(0, 10)]],
    ],
    care: 'Type your password every month with "holdfast password check", so that you still know it when you need it. The page stays good when you change the password and still know the old one.',
  };
}

const CODE_ROW = /^ *[1-4] +[0-9a-f]{4} [0-9a-f]{4} +[A-Z] *$/gim;

/**
 * Reads what `formatRecoverySheet` made, whichever form it has.
 *
 * @throws {HoldfastError} `key-typo` naming rows of the account code; `usage` for another text.
 */
export function readRecoverySheet(text: string): RecoverySheet {
  // The rows of the table in HTML are wide apart.
  const plain = readPageText(text).replaceAll(/(?<=[0-9a-f]{4}) {2}(?=[0-9a-f]{4})/g, ' ');
  const facts = readFacts(plain);
  const backupId = readHexGroups((facts.get('Backup') ?? []).join(' '));
  const [storeUrl] = facts.get('Store') ?? [];
  const threshold = /^(\d) of (\d)$/.exec(facts.get('Threshold')?.[0] ?? '');
  const vaults: SheetVault[] = [];
  for (let number = 1; facts.has(`Vault ${number}`); number++) {
    const [url = '', ...groups] = facts.get(`Vault ${number}`) ?? [];
    const fingerprint = readHexGroups(groups.join(' '));
    if (fingerprint === null) throw noSheet(`the fingerprint of vault ${number} is not whole`);
    vaults.push({ url, fingerprint });
  }
  if (backupId === null) throw noSheet('it names no backup');
  if (storeUrl === undefined) throw noSheet('it names no store');
  const [, t, n] = threshold ?? [];
  if (
    vaults.length === 0 ||
    Number(n) !== vaults.length ||
    Number(t) < 1 ||
    Number(t) > Number(n)
  ) {
    throw noSheet('its vaults are not all there');
  }
  const rows = plain.match(CODE_ROW) ?? [];
  const accountCode = new Secret(parseKey(rows.join('\n'), ACCOUNT_CODE).bytes);
  const id = Uint8Array.fromHex(backupId);
  return { storeUrl, backupId: id, accountCode, vaults, t: Number(t) };
}

/** Labels with their lines. */
function readFacts(plain: string): Map<string, string[]> {
  const facts = new Map<string, string[]>();
  let lines: string[] | null = null;
  for (const line of plain.split(/\r?\n/)) {
    const start = /^(Store|Backup|Threshold|Date|Vault \d) {2,}(\S.*)$/.exec(line);
    const more = /^ *((?:[0-9a-f]{4} ?){8})$/i.exec(line);
    if (start?.[1] !== undefined && start[2] !== undefined) {
      lines = [start[2].trim()];
      facts.set(start[1], lines);
    } else if (more?.[1] !== undefined && lines !== null) lines.push(more[1]);
    else lines = null;
  }
  return facts;
}

function noSheet(state: string): Error {
  return usageError(
    `Cannot read the recovery sheet: ${state}`,
    'It is the page that was made when the password was set, as text or web page.',
  );
}
