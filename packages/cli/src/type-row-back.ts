/** Sees to it that the person has written something down: asks for one row of it. */
import { HoldfastError } from '@holdfast/core/errors';
import { parseKeyRow, type WrittenForm } from '@holdfast/core/key-text';
import type { Invocation } from './command.ts';
import { Questions } from './terminal/questions.ts';

const COMPARE = 'Compare with the rows above; Ctrl-C stops.';

/**
 * Goes on asking until the row is right.
 *
 * @param rows What was shown, as `formatKey` gives it.
 * @throws {HoldfastError} `cancelled`.
 */
export async function typeRowBack(
  rows: readonly string[],
  form: WrittenForm,
  { terminal, output, signal }: Invocation,
): Promise<void> {
  const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
  const row = 1 + (random % form.rows);
  using questions = new Questions(terminal, signal);
  while (true) {
    const typed = await questions.ask(`Type row ${row} from your paper: `);
    try {
      const digits = parseKeyRow(typed, row, form);
      if (digits === rowDigits(rows[row - 1] as string)) return;
      output.tell(`That is not row ${row} of this ${form.name}. ${COMPARE}`);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'key-typo') throw error;
      const other = rows.findIndex((text) => typedDigits(typed).endsWith(rowDigits(text))) + 1;
      const what =
        other > 0
          ? `That is row ${other}, row ${row} is asked for`
          : error.message.replace(`Cannot read the ${form.name}: row`, 'Row');
      output.tell(`${what}. ${COMPARE}`);
    }
  }
}

/** The hex digits of a typed row, its check letter and what parts them left out. */
function typedDigits(typed: string): string {
  return typed.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
}

function rowDigits(text: string): string {
  return text.slice(3, 12).replace(' ', '');
}
