/**
 * Cuts what a person typed into rows of groups, without judging them (spec/key-text.md §3).
 *
 * Knows look-alikes, separators and where a check letter ends a row; refuses nothing.
 */
import { CHECK_LETTERS, ROW_DIGITS } from './check-letter.ts';

/** One typed row, before its number is told from its digits. */
export interface TypedRow {
  /** Groups of lower-case hex digits as they were spaced; `?` stands for an illegal character. */
  groups: string[];
  /** Upper case, or null where none was typed. */
  letter: string | null;
}

const SEPARATOR = /[\s\p{Pd}\p{Cf}.,:;|/()[\]_·•−]/u;
const LINE_END = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

/** One of: a hex digit, a check letter (upper case), a space, or `?` for anything else. */
function readCharacter(character: string): string {
  if (/[0-9a-f]/i.test(character)) return character.toLowerCase();
  if (/o/i.test(character)) return '0';
  if (/[il]/i.test(character)) return '1';
  if (CHECK_LETTERS.includes(character.toUpperCase())) return character.toUpperCase();
  return SEPARATOR.test(character) ? ' ' : '?';
}

/** Number of digits in a row's groups, illegal characters counted as the digit they stand for. */
export function countDigits(row: TypedRow): number {
  return row.groups.reduce((sum, group) => sum + group.length, 0);
}

/**
 * Rows in typed order; a line break or a check letter ends one. Lines that begin with `#` are left out.
 *
 * @param count How many rows a whole text has.
 */
export function readTypedRows(text: string, count: number): TypedRow[] {
  const rows: TypedRow[] = [];
  for (const line of text.normalize('NFKC').split(LINE_END)) {
    if (!line.trimStart().startsWith('#'))
      readLine([...line].map(readCharacter).join(''), rows, count);
  }
  return joinWrappedRows(rows, count);
}

/** Appends the rows of one line, whose characters are those of `readCharacter`. */
function readLine(line: string, rows: TypedRow[], count: number): void {
  let row: TypedRow = { groups: [], letter: null };
  for (const [group] of line.trimEnd().matchAll(/[^ ]+ ?/g)) {
    const isLastGroup = !group.endsWith(' ');
    let open = '';
    for (const [index, character] of [...group.trimEnd()].entries()) {
      const isLast = index === group.trimEnd().length - 1;
      const isWhole = countDigits(row) + open.length === wholeRowDigits(row, open, count);
      if (!CHECK_LETTERS.includes(character)) {
        open += character;
      } else if (isWhole || (isLast && (index === 0 || isLastGroup))) {
        if (open !== '') row.groups.push(open);
        addRow({ ...row, letter: character }, rows);
        row = { groups: [], letter: null };
        open = '';
      } else {
        open += '?';
      }
    }
    if (open !== '') row.groups.push(open);
  }
  if (row.groups.length > 0) addRow(row, rows);
}

/** Whether a group of digits can be the number of a row. */
export function isRowNumber(group: string, count: number): boolean {
  return /^[1-8]$/.test(group) && Number(group) <= count;
}

/** Digits right after which a letter can only be the check letter: one more behind what may be a number. */
function wholeRowDigits(row: TypedRow, open: string, count: number): number {
  return isRowNumber(row.groups[0] ?? open, count) ? ROW_DIGITS + 1 : ROW_DIGITS;
}

/** A letter alone belongs to the row before it, where a second letter is an illegal character. */
function addRow(row: TypedRow, rows: TypedRow[]): void {
  const previous = rows.at(-1);
  if (row.groups.length > 0 || previous === undefined) rows.push(row);
  else if (previous.letter === null) previous.letter = row.letter;
  else previous.groups.push('?');
}

/** When there is a letter for each row, they alone end rows, and line breaks are mere spacing. */
function joinWrappedRows(rows: TypedRow[], count: number): TypedRow[] {
  const lettered = rows.filter((row) => row.letter !== null).length;
  if (lettered !== count || rows.at(-1)?.letter === null) return rows;
  const joined: TypedRow[] = [];
  let waiting: string[] = [];
  for (const row of rows) {
    waiting.push(...row.groups);
    if (row.letter === null) continue;
    joined.push({ groups: waiting, letter: row.letter });
    waiting = [];
  }
  return joined;
}
