/** The key sheet: one page with the 64-digit key and what to do with it, as HTML or plain text. */
import { formatKey } from '@holdfast/core/key-text';
import type { Secret } from '@holdfast/core/secret';
import { formatDate } from './terminal/quantities.ts';
import { wrapText } from './terminal/table.ts';

export interface SheetFacts {
  readonly storeUrl: string;
  /** 32 bytes. */
  readonly backupId: Uint8Array;
  readonly atMs: number;
}

const TITLE = 'Holdfast key sheet';
const WARNING = 'Whoever has this page can open the backup. Keep it where you keep your passport.';
const STEPS = [
  'Install holdfast on the new device: the README of the Holdfast project says how.',
  'Run "holdfast recover --store STORE", with the store below or where its disk is now, and type the eight rows. The letter that ends a row catches typing errors; the row number at its start need not be typed.',
  'Run "holdfast restore --to FOLDER".',
];
const CARE =
  'Check once a year with "holdfast key verify" that this page can still be read. The key is the same as long as the backup is.';

export function formatTextSheet(rootKey: Secret, { storeUrl, backupId, atMs }: SheetFacts): string {
  return [
    TITLE.toUpperCase(),
    '',
    ...wrapText(WARNING, 72),
    '',
    ...formatKey(rootKey.bytes()).map((row) => `    ${row}`),
    '',
    'TO GET THE CHATS BACK',
    '',
    ...STEPS.flatMap((step, index) =>
      wrapText(step, 68).map((line, at) => (at === 0 ? `${index + 1}.  ` : '    ') + line),
    ),
    '',
    `Store   ${storeUrl}`,
    ...groupId(backupId).map((line, index) => (index === 0 ? 'Backup  ' : '        ') + line),
    `Date    ${formatDate(atMs).slice(0, 10)}`,
    '',
    ...wrapText(CARE, 72),
    '',
  ].join('\n');
}

export function formatHtmlSheet(rootKey: Secret, { storeUrl, backupId, atMs }: SheetFacts): string {
  const rows = formatKey(rootKey.bytes()).map((row) => {
    const [number, a, b, letter] = row.split(/ +/);
    return `<tr><th>${number}</th><td>${a}</td><td>${b}</td><td class="check">${letter}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${TITLE}</title>
<style>
@page { margin: 22mm }
body { font: 11pt/1.5 system-ui, sans-serif; color: #111; max-width: 165mm; margin: 2em auto; padding: 0 1em }
h1 { font-size: 22pt; margin: 0 0 .2em } h2 { font-size: 12pt; margin: 1.8em 0 .4em }
.warning { border-left: 3pt solid #111; padding-left: .8em; margin: 0 0 1.6em }
.key { border: 1pt solid #111; border-radius: 6pt; padding: .5em 1.4em; display: inline-block }
.key table { font: 17pt/1.7 ui-monospace, Menlo, Consolas, monospace; border-spacing: .55em 0 }
.key th { font-weight: normal; color: #777; padding-right: .5em } .check { padding-left: .6em; color: #555 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1.2em; margin: 0 }
dt { color: #555 } dd { margin: 0; font-family: ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere }
ol { padding-left: 1.3em; margin: 0 } .care { color: #555; margin-top: 1.8em }
@media print { body { margin: 0; padding: 0 } }
</style>
</head>
<body>
<h1>${TITLE}</h1>
<p class="warning">${escapeHtml(WARNING)}</p>
<div class="key"><table>
${rows.join('\n')}
</table></div>
<h2>To get the chats back</h2>
<ol>
${STEPS.map((step) => `<li>${escapeHtml(step)}</li>`).join('\n')}
</ol>
<h2>This backup</h2>
<dl>
<dt>Store</dt><dd>${escapeHtml(storeUrl)}</dd>
<dt>Backup</dt><dd>${groupId(backupId).join('<br>')}</dd>
<dt>Date</dt><dd>${formatDate(atMs).slice(0, 10)}</dd>
</dl>
<p class="care">${escapeHtml(CARE)}</p>
</body>
</html>
`;
}

/** Two lines of eight groups. */
function groupId(backupId: Uint8Array): string[] {
  const groups = backupId.toHex().match(/.{1,4}/g) ?? [];
  return [groups.slice(0, 8).join(' '), groups.slice(8).join(' ')];
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
