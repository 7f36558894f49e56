/**
 * Breaks long lines of prose at spaces, on a terminal only: in a file or a pipe one message stays
 * one line, for those who search it.
 */
import { displayWidth, wrapText } from './table.ts';
import type { OutputStream } from './terminal.ts';

/** Longer lines than this are hard to read, however wide the terminal is. */
const LONGEST_LINE = 100;

/** @param indent What the lines after the first begin with. */
export function wrapLine(line: string, stream: OutputStream, indent = ''): string[] {
  if (stream.isTTY !== true) return [line];
  const columns = Math.min(stream.columns ?? 80, LONGEST_LINE) - 1;
  if (displayWidth(line) <= columns) return [line];
  const ownIndent = /^ */.exec(line)?.[0] ?? '';
  const text = line.slice(ownIndent.length);
  const [first = ''] = wrapText(text, columns - ownIndent.length);
  const rest = text.slice(first.length).trimStart();
  const more = rest === '' ? [] : wrapText(rest, columns - indent.length);
  return [ownIndent + first, ...more.map((part) => indent + part)];
}
