/**
 * Breaks long lines of prose at spaces, on a terminal only: in a file or a pipe one message stays
 * one line, for those who search it.
 */
import { displayWidth, wrapText } from './table.ts';
import { columnsOf, type OutputStream } from './terminal.ts';

/** Longer lines than this are hard to read, however wide the terminal is. */
const LONGEST_LINE = 100;
/** A label of one or two words, and at least two spaces before its value. */
const LABEL = /^ *\S+(?: \S+)? {2,}(?=\S)/;

/**
 * @param indent What the lines after the first begin with; where a value follows a label, they go on
 *   below the value instead.
 */
export function wrapLine(line: string, stream: OutputStream, indent = ''): string[] {
  if (stream.isTTY !== true) return [line];
  const columns = Math.min(columnsOf(stream), LONGEST_LINE) - 1;
  if (displayWidth(line) <= columns) return [line];
  const label = LABEL.exec(line)?.[0] ?? '';
  const isValue = label !== '' && displayWidth(label) <= columns / 2;
  const start = isValue ? label : (/^ */.exec(line)?.[0] ?? '');
  const [first = ''] = wrapText(line.slice(start.length), columns - displayWidth(start));
  const rest = line.slice(start.length + first.length).trimStart();
  const margin = isValue ? ' '.repeat(displayWidth(label)) : indent;
  const more = rest === '' ? [] : wrapText(rest, columns - margin.length);
  return [start + first, ...more.map((part) => margin + part)];
}
