/** Sets a table for the terminal or for Markdown; the first column to the left, the others right. */

export interface Table {
  readonly title: string;
  /** Each row has as many cells as `columns`. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function terminalTable({ title, columns, rows }: Table): string {
  const widths = widthsOf(columns, rows);
  const rule = widths.map((width) => '─'.repeat(width));
  const lines = [columns, rule, ...rows].map((cells) => pad(cells, widths).join('  ').trimEnd());
  return `${title}\n\n${lines.join('\n')}\n`;
}

export function markdownTable({ title, columns, rows }: Table): string {
  const widths = widthsOf(columns, rows);
  const rule = widths.map((width, at) =>
    at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const lines = [columns, rule, ...rows].map((cells) => `| ${pad(cells, widths).join(' | ')} |`);
  return `**${title}**\n\n${lines.join('\n')}\n`;
}

function widthsOf(columns: Table['columns'], rows: Table['rows']): number[] {
  return columns.map((_, at) =>
    Math.max(3, ...[columns, ...rows].map((row) => row[at]?.length ?? 0)),
  );
}

function pad(cells: readonly string[], widths: readonly number[]): string[] {
  return cells.map((cell, at) =>
    at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
  );
}
