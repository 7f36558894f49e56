// Writes the test vectors of the formats in spec/ into vectors/. With --check, writes
// nothing and fails when a committed file is not what this makes: the format would have changed.
//
// Everything is deterministic: "random" bytes come from a counter (vectors/counting-crypto.ts).

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addressVectors, blobVectors, packIndexVectors } from './vectors/address-vectors.ts';
import { fileEntryVectors, snapshotVectors, tableEntryVectors } from './vectors/entry-vectors.ts';
import { chainVectors, headVectors } from './vectors/head-vectors.ts';
import { integerVectors } from './vectors/integer-vectors.ts';
import { keyScheduleVectors, sealedBoxVectors } from './vectors/key-vectors.ts';
import { keyringVectors, recoveryRecordVectors } from './vectors/keyring-vectors.ts';
import { markVectors } from './vectors/mark-vectors.ts';
import { packLayoutVectors, packVectors } from './vectors/pack-vectors.ts';
import { indexVectors, tableNodeVectors, tableStackVectors } from './vectors/table-vectors.ts';
import { encodeVectorFile, type VectorFile } from './vectors/vector-file.ts';

/** Texts of all vector files, by path below `vectors/`. */
export async function makeVectors(): Promise<ReadonlyMap<string, string>> {
  const files: readonly VectorFile[] = [
    integerVectors(),
    await keyScheduleVectors(),
    await sealedBoxVectors(),
    packLayoutVectors(),
    await packVectors(),
    addressVectors(),
    blobVectors(),
    packIndexVectors(),
    await keyringVectors(),
    tableNodeVectors(),
    tableStackVectors(),
    indexVectors(),
    fileEntryVectors(),
    tableEntryVectors(),
    snapshotVectors(),
    await recoveryRecordVectors(),
    await headVectors(),
    await chainVectors(),
    await markVectors(),
  ];
  return new Map(files.map((file) => [file.path, encodeVectorFile(file)]));
}

/** Paths of the vector files below `root` that are missing or differ. */
export async function staleVectors(root: string): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const [path, text] of await makeVectors()) {
    if (readOrNull(join(root, 'vectors', path)) !== text) stale.push(`vectors/${path}`);
  }
  return stale;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const stale = await staleVectors(process.cwd());
    for (const path of stale) console.error(`${path}: is not what tools/make-vectors.ts makes`);
    if (stale.length > 0) process.exitCode = 1;
  } else {
    for (const [path, text] of await makeVectors()) {
      const place = join('vectors', path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text);
    }
  }
}
