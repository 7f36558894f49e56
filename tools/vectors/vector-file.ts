// The shape of every vector file: what it is about, cases that succeed, cases that must fail.

import { toHex } from '@holdfast/core/bytes';

export interface VectorFile {
  /** Below `vectors/`. */
  readonly path: string;
  readonly description: string;
  /** What several cases share. */
  readonly given?: Readonly<Record<string, unknown>>;
  readonly cases: readonly object[];
  readonly failures: readonly object[];
}

/** JSON in which bytes are hex and 64-bit integers decimal text, each case on lines of its own. */
export function encodeVectorFile(file: VectorFile): Uint8Array {
  const { description, given, cases, failures } = file;
  const lines = [`  "description": ${JSON.stringify(description)}`];
  if (given !== undefined) lines.push(`  "given": ${encode(given)}`);
  lines.push(`  "cases": ${encodeList(cases)}`, `  "failures": ${encodeList(failures)}`);
  return new TextEncoder().encode(`{\n${lines.join(',\n')}\n}\n`);
}

function encodeList(items: readonly object[]): string {
  if (items.length === 0) return '[]';
  return `[\n${items.map((item) => `    ${encode(item)}`).join(',\n')}\n  ]`;
}

function encode(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Uint8Array) return toHex(part);
    if (typeof part === 'bigint') return part.toString();
    return part;
  });
}
