/** One page to print and put away, as HTML or plain text. */
import { wrapText } from './terminal/table.ts';

export interface SheetPage {
  readonly title: string;
  /** What its finder can do. */
  readonly warning: string;
  /** Written in rows with check letters: a key, or a code. */
  readonly rows: readonly string[];
  readonly stepsTitle: string;
  readonly steps: readonly string[];
  /** Each with a label of a few characters, and one line or more. */
  readonly facts: readonly (readonly [label: string, lines: readonly string[]])[];
  readonly care: string;
}

const WIDTH = 72;

export function formatTextPage(page: SheetPage): string {
  const column = Math.max(...page.facts.map(([label]) => label.length)) + 2;
  return [
    page.title.toUpperCase(),
    '',
    ...wrapText(page.warning, WIDTH),
    '',
    ...page.rows.map((row) => `    ${row}`),
    '',
    page.stepsTitle.toUpperCase(),
    '',
    ...page.steps.flatMap((step, index) =>
      wrapText(step, WIDTH - 4).map((line, at) => (at === 0 ? `${index + 1}.  ` : '    ') + line),
    ),
    '',
    ...page.facts.flatMap(([label, lines]) =>
      lines.map((line, index) => (index === 0 ? label : '').padEnd(column) + line),
    ),
    '',
    ...wrapText(page.care, WIDTH),
    '',
  ].join('\n');
}

export function formatHtmlPage(page: SheetPage): string {
  const rows = page.rows.map((row) => {
    const [number, a, b, letter] = row.split(/ +/);
    return `<tr><th>${number}</th><td>${a}</td><td>${b}</td><td class="check">${letter}</td></tr>`;
  });
  const facts = page.facts.map(
    ([label, lines]) => `<dt>${label}</dt><dd>${lines.map(escapeHtml).join('<br>')}</dd>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${page.title}</title>
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
<h1>${page.title}</h1>
<p class="warning">${escapeHtml(page.warning)}</p>
<div class="key"><table>
${rows.join('\n')}
</table></div>
<h2>${page.stepsTitle}</h2>
<ol>
${page.steps.map((step) => `<li>${escapeHtml(step)}</li>`).join('\n')}
</ol>
<h2>This backup</h2>
<dl>
${facts.join('\n')}
</dl>
<p class="care">${escapeHtml(page.care)}</p>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** The text of such a page again, whichever form it has. */
export function readPageText(text: string): string {
  if (!/^\s*<!doctype html>/i.test(text)) return text;
  return text
    .replace(/<head>.*?<\/head>/s, '')
    .replaceAll(/<\/(?:th|td|dt)>/g, '  ')
    .replaceAll(/<br>|<\/dd>/g, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}
