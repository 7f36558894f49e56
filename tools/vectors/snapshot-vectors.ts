// Vectors of the catalog's entries and of roots (spec/backup-format.md §7.3, §7.5).

import {
  encodeRoot,
  encodeSnapshotEntry,
  type Root,
  type SnapshotEntry,
  snapshotKey,
} from '@holdfast/core/backup-format';
import { encodeBook } from './address-vectors.ts';
import { drawn } from './counting-crypto.ts';
import { bytes, CHUNK, TABLE, withBook } from './sample-entries.ts';
import type { VectorFile } from './vector-file.ts';

export function snapshotVectors(): VectorFile {
  const full: SnapshotEntry = {
    atMs: 1_767_225_600_000,
    deviceId: drawn('a device', 16),
    deviceName: 'Ana’s phone',
    sources: [bytes('/home/ana/WhatsApp'), bytes('/home/ana/notes')],
    files: TABLE,
    fileCount: 12_345,
    folderCount: 67,
    totalBytes: 2 ** 41,
    bytesAdded: 262_144,
    unreadableCount: 2,
  };
  const empty: SnapshotEntry = {
    ...{ atMs: 0, deviceId: new Uint8Array(16), deviceName: '', sources: [], files: [] },
    ...{ fileCount: 0, folderCount: 0, totalBytes: 0, bytesAdded: 0, unreadableCount: 0 },
  };
  const start = `00${'00'.repeat(16)}`;
  const damaged = (kind: string, name: string, hex: string | Uint8Array) => ({
    kind,
    name,
    addresses: [],
    hex,
    code: 'damaged',
  });
  const roots: Record<string, Root> = {
    'of an empty backup': { index: [], catalog: [], nextSnapshotNumber: 1 },
    'with an index and a catalog': {
      index: TABLE,
      catalog: TABLE.slice(1),
      nextSnapshotNumber: 0xffffffff,
    },
  };
  return {
    path: 'backup-format/snapshots.json',
    description: 'Catalog entries (spec/backup-format.md §7.3) and roots (§7.5).',
    cases: [
      { kind: 'snapshot-key', name: 'snapshot 7', hex: snapshotKey(7), value: 7 },
      withBook('snapshot', 'of two folders', full, encodeSnapshotEntry),
      withBook('snapshot', 'of nothing', empty, encodeSnapshotEntry),
      ...Object.entries(roots).map(([name, value]) => ({
        kind: 'root',
        name,
        hex: encodeRoot(value),
        value,
      })),
    ],
    failures: [
      damaged('snapshot-key', 'three bytes', '000001'),
      damaged('snapshot-key', 'snapshot 0', '00000000'),
      damaged('snapshot', 'nothing there', ''),
      damaged(
        'snapshot',
        'a device name that is not UTF-8',
        `${start}01ff0000000000 0000`.replace(' ', ''),
      ),
      damaged(
        'snapshot',
        'a device name over 1,024 bytes',
        `${start}8108${'61'.repeat(1025)}00000000000000`,
      ),
      damaged('snapshot', '1,025 sources', `${start}008108`),
      damaged('snapshot', 'a source over 32 KiB', `${start}0001818002`),
      damaged(
        'snapshot',
        'a layer that is not listed',
        `${start}0000010000000000 0000000000`.replace(' ', ''),
      ),
      damaged('snapshot', 'a byte after it', `${start}000000000000000000`),
      damaged('root', 'nothing there', ''),
      damaged('root', 'a catalog cut short', '000000'),
      damaged('root', 'a byte after it', '000000000100'),
      damaged('root', 'a next number beyond 32 bits', '000000008080808010'),
      damaged(
        'root',
        'an index that begins with a chunk',
        `${encodeBook([CHUNK]).toHex()}0100000000 0001`.replace(' ', ''),
      ),
    ],
  };
}
