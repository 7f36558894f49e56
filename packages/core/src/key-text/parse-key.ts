/**
 * Reads a typed or pasted 64-digit key, or an account code (spec/key-text.md §3): with or without row
 * numbers and check letters, in any spacing. Refuses one with a typing error, and names the rows.
 */
import { HoldfastError } from '../errors/index.ts';
import { countDigits, isRowNumber, readTypedRows, type TypedRow } from './_typed-rows.ts';
import { checkLetter, ROW_DIGITS } from './check-letter.ts';
import { ROOT_KEY, type WrittenForm } from './written-form.ts';

export interface ParsedKey {
  /** The root key, 32 bytes, or an account code, 16; the caller owns and wipes them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Rows, counted from 1, whose check letter was typed and matches: those can't hold one typing error. */
  readonly checkedRows: readonly number[];
}

interface Problem {
  readonly row: number;
  readonly what: string;
}

interface PlacedRow {
  readonly digits: string;
  readonly letter: string | null;
}

/**
 * @param text Anything a person typed, pasted, or kept in a file.
 * @throws {HoldfastError} `key-typo`; `details.rows` names the rows at fault, counted from 1, and is
 *   empty where no row can be named. The message holds no digit of the key.
 */
export function parseKey(text: string, form = ROOT_KEY): ParsedKey {
  const typed = readTypedRows(text, form.rows);
  const digits = readPlainDigits(typed, form);
  if (digits !== null) return { bytes: Uint8Array.fromHex(digits), checkedRows: [] };

  const rows = splitLongRows(typed);
  if (rows.length !== form.rows && rows.every((row) => row.letter === null)) {
    throw lengthError(typed, form);
  }

  const { placed, problems } = placeRows(rows, form);
  for (let row = 1; row <= form.rows; row++) {
    const what = judgeRow(placed.get(row), row);
    if (what !== null) problems.push({ row, what });
  }
  if (problems.length > 0) throw typoError(problems, placed, form);
  const all = [...placed].sort(([a], [b]) => a - b);
  return {
    bytes: Uint8Array.fromHex(all.map(([, row]) => row.digits).join('')),
    checkedRows: all.filter(([, row]) => row.letter !== null).map(([row]) => row),
  };
}

/**
 * One row alone, for asking row by row.
 *
 * @param row From 1: which row was asked for.
 * @returns its eight lower-case hex digits.
 * @throws {HoldfastError} `key-typo` with `details.rows` holding `row`.
 */
export function parseKeyRow(text: string, row: number, form = ROOT_KEY): string {
  const typed = readTypedRows(text, form.rows);
  const only = typed.length === 1 ? typed[0] : undefined;
  const read = only && readNumber(only, row, form);
  const problem =
    read === undefined
      ? 'is not one row of eight digits'
      : read.number !== null && read.number !== row
        ? `was asked for, but row ${read.number} was typed`
        : judgeRow(read, row);
  if (problem !== null) throw typoError([{ row, what: problem }], new Map(), form);
  return (read as PlacedRow).digits;
}

/** All digits when there are no letters to check; row numbers may stand before each eight. */
function readPlainDigits(typed: readonly TypedRow[], { rows }: WrittenForm): string | null {
  if (typed.some((row) => row.letter !== null)) return null;
  const groups = typed.flatMap((row) => row.groups);
  const digits = groups.join('');
  if (digits.includes('?')) return null;
  if (digits.length === rows * ROW_DIGITS) return digits;
  if (digits.length !== rows * (ROW_DIGITS + 1)) return null;

  let kept = '';
  let place = 0;
  for (const group of groups) {
    if (place % (ROW_DIGITS + 1) !== 0) kept += group;
    else if (group !== String(place / (ROW_DIGITS + 1) + 1)) return null;
    place += group.length;
  }
  return kept.length === rows * ROW_DIGITS ? kept : null;
}

/** Several whole rows on one line: the letter, if any, belongs to the last. */
function splitLongRows(typed: readonly TypedRow[]): TypedRow[] {
  return typed.flatMap((row) => {
    const count = countDigits(row);
    if (count <= ROW_DIGITS || count % ROW_DIGITS !== 0) return [row];
    const digits = row.groups.join('');
    return Array.from({ length: count / ROW_DIGITS }, (_, index) => ({
      groups: [digits.slice(index * ROW_DIGITS, (index + 1) * ROW_DIGITS)],
      letter: (index + 1) * ROW_DIGITS === count ? row.letter : null,
    }));
  });
}

/**
 * Tells a row's number from its digits: a lone number of a row at the start is one if nine digits
 * are there, or if it equals the row's place and a longer group follows.
 */
function readNumber(
  row: TypedRow,
  place: number,
  form: WrittenForm,
): PlacedRow & { number: number | null } {
  const [first = '', second = ''] = row.groups;
  const digits = row.groups.join('');
  const isNumber =
    isRowNumber(first, form.rows) &&
    (digits.length === ROW_DIGITS + 1 || (first === String(place) && second.length > 1));
  return {
    number: isNumber ? Number(first) : null,
    digits: isNumber ? digits.slice(1) : digits,
    letter: row.letter,
  };
}

function placeRows(
  rows: readonly TypedRow[],
  form: WrittenForm,
): {
  placed: Map<number, PlacedRow>;
  problems: Problem[];
} {
  const placed = new Map<number, PlacedRow>();
  const problems: Problem[] = [];
  const read = rows.map((row, index) => readNumber(row, index + 1, form));
  for (const row of read) {
    if (row.number === null) continue;
    if (placed.has(row.number)) problems.push({ row: row.number, what: 'is there twice' });
    else placed.set(row.number, row);
  }
  for (const [index, row] of read.entries()) {
    if (row.number !== null) continue;
    let place = index + 1;
    if (placed.has(place) || place > form.rows) {
      place = 1;
      while (placed.has(place)) place++;
    }
    if (place > form.rows) {
      throw typo(form, `it has ${rows.length} rows instead of ${form.rows}`, []);
    }
    placed.set(place, row);
  }
  return { placed, problems };
}

/** What is wrong with a row, or null. */
function judgeRow(row: PlacedRow | undefined, number: number): string | null {
  if (row === undefined) return 'is missing';
  if (row.digits.includes('?')) return 'holds a character that is not a digit 0-9 or a-f';
  if (row.digits.length !== ROW_DIGITS) {
    const count = row.digits.length === 1 ? '1 digit' : `${row.digits.length} digits`;
    return `has ${count} instead of ${ROW_DIGITS}`;
  }
  if (row.letter === null || row.letter === checkLetter(row.digits, number)) return null;
  return 'does not match its check letter';
}

function typoError(
  problems: readonly Problem[],
  placed: ReadonlyMap<number, PlacedRow>,
  form: WrittenForm,
): HoldfastError {
  const rows = [...new Set(problems.map((problem) => problem.row))].sort((a, b) => a - b);
  const [a = 0, b = 0] = rows;
  if (rows.length === 2 && matches(placed.get(a), b) && matches(placed.get(b), a)) {
    return typo(form, `rows ${a} and ${b} are exchanged`, rows);
  }
  const sorted = [...problems].sort((x, y) => x.row - y.row);
  return typo(form, sorted.map(({ row, what }) => `row ${row} ${what}`).join('; '), rows);
}

function matches(row: PlacedRow | undefined, number: number): boolean {
  return row !== undefined && row.letter !== null && judgeRow(row, number) === null;
}

/** For a key without letters and rows: names rows if it was typed in groups of four. */
function lengthError(typed: readonly TypedRow[], form: WrittenForm): HoldfastError {
  const groups = typed.flatMap((row) => row.groups);
  const digits = groups.join('');
  const isGrouped = groups.length === 2 * form.rows;
  const faulty = groups.flatMap((group, index) =>
    isGrouped && (group.length !== 4 || group.includes('?')) ? [Math.floor(index / 2) + 1] : [],
  );
  const rows = [...new Set(faulty)];
  const where =
    rows.length === 0 ? '' : `; look at row${rows.length > 1 ? 's' : ''} ${rows.join(', ')}`;
  return digits.length === form.rows * ROW_DIGITS
    ? typo(form, `a character is not a digit 0-9 or a-f${where}`, rows)
    : typo(
        form,
        `it has ${digits.length} digits instead of ${form.rows * ROW_DIGITS}${where}`,
        rows,
      );
}

function typo({ name }: WrittenForm, state: string, rows: readonly number[]): HoldfastError {
  return new HoldfastError('key-typo', `Cannot read the ${name}: ${state}`, { details: { rows } });
}
