/** Proves what spec/key-text.md claims to catch, for any key and any slip. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HoldfastError } from '../errors/index.ts';
import { CHECK_LETTERS } from './check-letter.ts';
import { findKeyTypos, KEY_TYPO_CANDIDATES } from './find-key-typos.ts';
import { formatKey } from './format-key.ts';
import { parseKey, parseKeyRow } from './parse-key.ts';

const numRuns = process.env.SLOW === '1' ? 20_000 : 300;
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const row = fc.integer({ min: 1, max: 8 });
/** Where the eight digits stand in `1  3f2a 90bc  K`. */
const DIGIT_COLUMNS = [3, 4, 5, 6, 8, 9, 10, 11];
const column = fc.constantFrom(...DIGIT_COLUMNS);

function check(property: fc.IRawProperty<never> | fc.IRawProperty<unknown[]>): void {
  fc.assert(property as fc.IProperty<unknown>, { numRuns });
}

function typoRows(text: string): readonly number[] {
  try {
    parseKey(text);
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    assert.equal(error.code, 'key-typo');
    return error.details.rows ?? [];
  }
  return [];
}

function replace(text: string, at: number, character: string): string {
  return text.slice(0, at) + character + text.slice(at + 1);
}

test('parseKey() reads what formatKey() prints', () => {
  check(
    fc.property(key, (bytes) => {
      assert.deepEqual(parseKey(formatKey(bytes).join('\n')).bytes, bytes);
    }),
  );
});

test('parseKey() reads a key with or without numbers and letters, in any case and spacing', () => {
  const style = fc.record({
    number: fc.boolean(),
    letters: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    upper: fc.boolean(),
    gap: fc.constantFrom(' ', '  ', '-', ' – ', '\t', '\u00a0', ' . '),
    lineEnd: fc.constantFrom('\n', '\r\n', '\n\n', '\n \n'),
    lookalikes: fc.boolean(),
  });
  check(
    fc.property(key, style, (bytes, { number, letters, upper, gap, lineEnd, lookalikes }) => {
      const rows = formatKey(bytes).map((text, index) => {
        const [name = '', a = '', b = '', letter = ''] = text.split(/ +/);
        const groups = [...(number ? [name] : []), a, b, ...(letters[index] ? [letter] : [])];
        const digits = lookalikes
          ? groups.map((group) => (group.length === 4 ? group.replaceAll('0', 'O') : group))
          : groups;
        return digits.join(gap);
      });
      const text = rows.join(lineEnd);
      assert.deepEqual(parseKey(upper ? text.toUpperCase() : text).bytes, bytes);
    }),
  );
});

test('parseKey() reads 64 digits in any grouping', () => {
  check(
    fc.property(key, fc.array(fc.integer({ min: 0, max: 64 })), (bytes, cuts) => {
      const digits = [...bytes.toHex()];
      const text = digits.map((digit, index) => (cuts.includes(index) ? ` ${digit}` : digit));
      assert.deepEqual(parseKey(text.join('')).bytes, bytes);
    }),
  );
});

test('parseKey() names the row of every changed digit', () => {
  check(
    fc.property(key, row, column, fc.integer({ min: 1, max: 15 }), (bytes, number, at, change) => {
      const rows = formatKey(bytes);
      const text = rows[number - 1] as string;
      const digit = (Number.parseInt(text.charAt(at), 16) ^ change).toString(16);
      rows[number - 1] = replace(text, at, digit);
      assert.deepEqual(typoRows(rows.join('\n')), [number]);
    }),
  );
});

test('parseKey() names the row of every swap of two different digits in it', () => {
  check(
    fc.property(key, row, column, column, (bytes, number, a, b) => {
      const rows = formatKey(bytes);
      const text = rows[number - 1] as string;
      fc.pre(text.charAt(a) !== text.charAt(b));
      rows[number - 1] = replace(replace(text, a, text.charAt(b)), b, text.charAt(a));
      assert.deepEqual(typoRows(rows.join('\n')), [number]);
    }),
  );
});

test('parseKey() names both of any two exchanged rows', () => {
  check(
    fc.property(key, row, row, fc.boolean(), (bytes, a, b, numbered) => {
      fc.pre(a < b);
      const rows = formatKey(bytes).map((text) => text.slice(3));
      [rows[a - 1], rows[b - 1]] = [rows[b - 1] as string, rows[a - 1] as string];
      const text = rows.map((line, index) => (numbered ? `${index + 1}  ${line}` : line));
      assert.deepEqual(typoRows(text.join('\n')), [a, b]);
    }),
  );
});

test('parseKey() names every row whose check letter is another one', () => {
  check(
    fc.property(key, row, fc.integer({ min: 1, max: 16 }), (bytes, number, change) => {
      const rows = formatKey(bytes);
      const text = rows[number - 1] as string;
      const index = (CHECK_LETTERS.indexOf(text.at(-1) as string) + change) % 17;
      rows[number - 1] = text.slice(0, -1) + CHECK_LETTERS.charAt(index);
      assert.deepEqual(typoRows(rows.join('\n')), [number]);
    }),
  );
});

test('parseKey() names the row with a digit missing or too many', () => {
  check(
    fc.property(key, row, column, fc.boolean(), (bytes, number, at, missing) => {
      const rows = formatKey(bytes);
      const text = rows[number - 1] as string;
      rows[number - 1] =
        text.slice(0, at) + (missing ? '' : 'a') + text.slice(at + (missing ? 1 : 0));
      assert.deepEqual(typoRows(rows.join('\n')), [number]);
    }),
  );
});

test('parseKey() throws nothing but key-typo, whatever is typed, and repeats none of it', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefGHKOl# \n-?'), maxLength: 120 }),
  );
  check(
    fc.property(text, (typed) => {
      try {
        assert.equal(parseKey(typed).bytes.length, 32);
      } catch (error) {
        assert.ok(error instanceof HoldfastError);
        assert.match(error.message, /^Cannot read the key: [a-z]+ [a-z0-9,;' -]+$/);
      }
    }),
  );
});

test('parseKeyRow() reads the row asked for and refuses another', () => {
  check(
    fc.property(key, row, row, (bytes, number, other) => {
      const rows = formatKey(bytes);
      const typed = rows[number - 1] as string;
      assert.equal(parseKeyRow(typed, number), bytes.toHex().slice(number * 8 - 8, number * 8));
      if (other === number) return;
      for (const text of [typed, typed.slice(3)]) {
        assert.throws(() => parseKeyRow(text, other), { details: { rows: [other] } });
      }
    }),
  );
});

test('findKeyTypos() finds any single slip and its row', async () => {
  const slip = fc.oneof(
    fc.record({ place: fc.integer({ min: 0, max: 63 }), change: fc.integer({ min: 1, max: 15 }) }),
    fc.record({ place: fc.integer({ min: 0, max: 63 }), swapWith: fc.integer({ min: 0, max: 7 }) }),
  );
  await fc.assert(
    fc.asyncProperty(key, slip, async (bytes, slipped) => {
      const digits = [...bytes.toHex()];
      const first = Math.floor(slipped.place / 8) * 8;
      const digit = digits[slipped.place] as string;
      if ('change' in slipped) {
        digits[slipped.place] = (Number.parseInt(digit, 16) ^ slipped.change).toString(16);
      } else {
        digits[slipped.place] = digits[first + slipped.swapWith] as string;
        digits[first + slipped.swapWith] = digit;
      }
      const typed = Uint8Array.fromHex(digits.join(''));
      fc.pre(typed.toHex() !== bytes.toHex());
      const found = await findKeyTypos(typed, (candidate) => Buffer.from(bytes).equals(candidate));
      assert.deepEqual(found?.rows, [first / 8 + 1]);
    }),
    { numRuns: numRuns / 10 },
  );
});

test('findKeyTypos() gives up after every candidate', async () => {
  let tried = 0;
  const found = await findKeyTypos(crypto.getRandomValues(new Uint8Array(32)), () => {
    tried++;
    return false;
  });
  assert.equal(found, null);
  assert.equal(tried, KEY_TYPO_CANDIDATES);
});
