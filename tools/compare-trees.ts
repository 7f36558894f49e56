// Compares two folders bit for bit: names, kinds, contents, permissions, times, link targets.
// Pipes, sockets and devices of the left one are left out, as a backup leaves them out.

import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

export interface Comparison {
  readonly files: number;
  readonly bytes: number;
  /** One line each; empty when the folders are the same. */
  readonly differences: readonly string[];
}

/** Times can be set to about a quarter of a microsecond. */
const TIME_PRECISION_NS = 1000n;
const PIECE_BYTES = 1 << 20;

export function compareTrees(left: string, right: string): Comparison {
  const comparison = { files: 0, bytes: 0, differences: [] as string[] };
  compare(Buffer.from(left), Buffer.from(right), comparison, true);
  return comparison;
}

function compare(
  left: Buffer,
  right: Buffer,
  result: { files: number; bytes: number; differences: string[] },
  isTop = false,
): void {
  const differ = (how: string): void => {
    result.differences.push(`${left.toString()}: ${how}`);
  };
  const a = lstatSync(left, { bigint: true });
  if (!a.isFile() && !a.isDirectory() && !a.isSymbolicLink()) return;
  const b = lstatSync(right, { bigint: true, throwIfNoEntry: false });
  if (b === undefined) {
    differ('missing');
    return;
  }
  if (a.mode !== b.mode) differ('other kind or permissions');
  const apart = a.mtimeNs - b.mtimeNs;
  if (!isTop && (apart >= TIME_PRECISION_NS || -apart >= TIME_PRECISION_NS)) differ('other time');
  if (a.isSymbolicLink() && b.isSymbolicLink()) {
    if (!readlinkSync(left, 'buffer').equals(readlinkSync(right, 'buffer'))) differ('other target');
  } else if (a.isFile() && b.isFile()) {
    result.files++;
    result.bytes += Number(a.size);
    if (a.size !== b.size || !sameContent(left, right)) differ('other content');
  } else if (a.isDirectory() && b.isDirectory()) {
    const names = readdirSync(left, { encoding: 'buffer' });
    const others = new Set(readdirSync(right, 'latin1'));
    for (const name of names) {
      others.delete(name.toString('latin1'));
      const slash = Buffer.from('/');
      compare(Buffer.concat([left, slash, name]), Buffer.concat([right, slash, name]), result);
    }
    for (const name of others) differ(`more than was there: ${name}`);
  }
}

function sameContent(left: Buffer, right: Buffer): boolean {
  const a = openSync(left, 'r');
  const b = openSync(right, 'r');
  try {
    const pieceA = Buffer.alloc(PIECE_BYTES);
    const pieceB = Buffer.alloc(PIECE_BYTES);
    for (;;) {
      const readA = readSync(a, pieceA);
      const readB = readSync(b, pieceB);
      if (readA !== readB || pieceA.compare(pieceB, 0, readB, 0, readA) !== 0) return false;
      if (readA === 0) return true;
    }
  } finally {
    closeSync(a);
    closeSync(b);
  }
}
