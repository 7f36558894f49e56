/** The key sheet: one page with the 64-digit key and what to do with it, as HTML or plain text. */
import { formatKey } from '@holdfast/core/key-text';
import type { Secret } from '@holdfast/core/secret';
import { formatHtmlPage, formatTextPage, type SheetPage } from './sheet-page.ts';
import { hexGroups } from './terminal/hex-groups.ts';
import { formatDate } from './terminal/quantities.ts';

export interface SheetFacts {
  readonly storeUrl: string;
  /** 32 bytes. */
  readonly backupId: Uint8Array;
  readonly atMs: number;
}

export function formatTextSheet(rootKey: Secret, facts: SheetFacts): string {
  return formatTextPage(keyPage(rootKey, facts));
}

export function formatHtmlSheet(rootKey: Secret, facts: SheetFacts): string {
  return formatHtmlPage(keyPage(rootKey, facts));
}

function keyPage(rootKey: Secret, { storeUrl, backupId, atMs }: SheetFacts): SheetPage {
  return {
    title: 'Holdfast key sheet',
    warning: 'Whoever has this page can open the backup. Keep it where you keep your passport.',
    rows: formatKey(rootKey.bytes()),
    stepsTitle: 'To get the chats back',
    steps: [
      'Install holdfast on the new device: the README of the Holdfast project says how.',
      'Run "holdfast recover --store STORE", with the store below or where its disk is now, and type the eight rows. The letter that ends a row catches typing errors; the row number at its start need not be typed.',
      'Run "holdfast restore --to FOLDER".',
    ],
    facts: [
      ['Store', [storeUrl]],
      ['Backup', hexGroups(backupId.toHex())],
      ['Date', [formatDate(atMs).slice(0, 10)]],
    ],
    care: 'Check once a year with "holdfast key verify" that this page can still be read. The key is the same as long as the backup is.',
  };
}
