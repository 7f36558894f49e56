// Writes the test vectors of the formats in spec/ into vectors/. With --check, writes
// nothing and fails when a committed file is not what this makes: the format would have changed.
//
// Everything is deterministic: "random" bytes come from a counter (vectors/counting-crypto.ts).

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { addressVectors, blobVectors, packIndexVectors } from './vectors/address-vectors.ts';
import { certificateVectors } from './vectors/certificate-vectors.ts';
import { chainVectors } from './vectors/chain-vectors.ts';
import { fileContentVectors } from './vectors/file-content-vectors.ts';
import { fileEntryVectors } from './vectors/file-entry-vectors.ts';
import { filePathVectors } from './vectors/file-path-vectors.ts';
import { headVectors } from './vectors/head-vectors.ts';
import { integerVectors } from './vectors/integer-vectors.ts';
import { keyScheduleVectors, sealedBoxVectors } from './vectors/key-vectors.ts';
import { keyringVectors, recoveryRecordVectors } from './vectors/keyring-vectors.ts';
import { markVectors } from './vectors/mark-vectors.ts';
import { packLayoutVectors, packVectors } from './vectors/pack-vectors.ts';
import { passwordRecordVectors } from './vectors/password-record-vectors.ts';
import { providerVectors } from './vectors/provider-vectors.ts';
import { recordChoiceVectors } from './vectors/record-choice-vectors.ts';
import { bridgeVectors, rotationVectors } from './vectors/rotation-vectors.ts';
import { signatureVectors } from './vectors/signature-vectors.ts';
import { snapshotVectors } from './vectors/snapshot-vectors.ts';
import { tableEntryVectors } from './vectors/table-entry-vectors.ts';
import { tableTreeVectors } from './vectors/table-tree-vectors.ts';
import { indexVectors, tableNodeVectors, tableStackVectors } from './vectors/table-vectors.ts';
import { vaultAnswerVectors } from './vectors/vault-answer-vectors.ts';
import { vaultHeadVectors } from './vectors/vault-head-vectors.ts';
import { vaultLogVectors } from './vectors/vault-log-vectors.ts';
import { vaultNameVectors } from './vectors/vault-name-vectors.ts';
import { vaultRequestVectors } from './vectors/vault-request-vectors.ts';
import { encodeVectorFile, type VectorFile } from './vectors/vector-file.ts';
import { wholeStoreVectors } from './vectors/whole-store/whole-store-vectors.ts';

/** Folders below `vectors/` that hold nothing else, but for what is written by hand. */
const FOLDERS = [
  'backup-format',
  'head',
  'provider-api',
  'prune',
  'rotation',
  'vault-protocol',
  'whole-store',
];
const BY_HAND: readonly string[] = ['vault-protocol/oprf.json', 'vault-protocol/tokens.json'];

/** All vector files, by path below `vectors/`. */
export async function makeVectors(): Promise<ReadonlyMap<string, Uint8Array>> {
  const store = await wholeStoreVectors();
  const files: readonly VectorFile[] = [
    integerVectors(),
    await keyScheduleVectors(),
    await sealedBoxVectors(),
    signatureVectors(),
    packLayoutVectors(),
    await packVectors(),
    addressVectors(),
    blobVectors(),
    packIndexVectors(),
    await keyringVectors(),
    tableNodeVectors(),
    tableStackVectors(),
    tableTreeVectors(),
    indexVectors(),
    fileEntryVectors(),
    tableEntryVectors(),
    fileContentVectors(),
    filePathVectors(),
    snapshotVectors(),
    await recoveryRecordVectors(),
    await recordChoiceVectors(),
    await headVectors(),
    await chainVectors(),
    await markVectors(),
    await vaultNameVectors(),
    await passwordRecordVectors(),
    await certificateVectors(),
    await rotationVectors(),
    await bridgeVectors(),
    await vaultRequestVectors(),
    await vaultAnswerVectors(),
    await vaultLogVectors(),
    await vaultHeadVectors(),
    ...(await providerVectors()),
    store.file,
  ];
  return new Map([
    ...files.map((file) => [file.path, encodeVectorFile(file)] as const),
    ...[...store.objects].map(([name, object]) => [`whole-store/store/${name}`, object] as const),
  ]);
}

/**
 * Paths of the vector files below `root` that are missing, differ, or are not of those.
 *
 * @param made What `makeVectors()` gave.
 */
export function staleVectors(
  root: string,
  made: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  const there = committedFiles(root);
  const differs = [...made].flatMap(([path, bytes]) => {
    const found = there.includes(path) ? readFileSync(join(root, 'vectors', path)) : null;
    return found?.equals(bytes) ? [] : [path];
  });
  const strange = there.filter((path) => !made.has(path) && !BY_HAND.includes(path));
  return [...differs, ...strange].map((path) => `vectors/${path}`);
}

function committedFiles(root: string): readonly string[] {
  return FOLDERS.flatMap((folder) =>
    filesIn(join(root, 'vectors', folder)).map((path) => `${folder}/${path}`),
  );
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((one) =>
      one.isFile() ? [relative(folder, join(one.parentPath, one.name)).replaceAll(sep, '/')] : [],
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

if (import.meta.main) {
  const made = await makeVectors();
  const stale = staleVectors(process.cwd(), made);
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`${path}: is not what tools/make-vectors.ts makes`);
    if (stale.length > 0) process.exitCode = 1;
  } else {
    for (const path of stale) rmSync(path, { force: true });
    for (const [path, bytes] of made) {
      const place = join('vectors', path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, bytes);
    }
  }
}
