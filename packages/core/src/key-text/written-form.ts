/** What is written for people to keep, in rows with check letters (spec/key-text.md §1). */
import { ROW_DIGITS } from './check-letter.ts';

export interface WrittenForm {
  /** For messages. */
  readonly name: string;
  /** Of eight digits each, at most eight. */
  readonly rows: number;
}

/** The root key, 32 bytes. */
export const ROOT_KEY: WrittenForm = { name: 'key', rows: 8 };

/** The account code of a recovery sheet, 16 bytes. */
export const ACCOUNT_CODE: WrittenForm = { name: 'account code', rows: 4 };

/** How many bytes are written so. */
export function byteLengthOf({ rows }: WrittenForm): number {
  return (rows * ROW_DIGITS) / 2;
}
