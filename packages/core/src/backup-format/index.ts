export { type Address, AddressBook, addressKey, type BlobKind, decompressBlob } from './address.ts';
export {
  type Chunk,
  type ChunkList,
  chunkKey,
  decodeChunkEntry,
  decodeFileEntry,
  encodeChunkValue,
  encodeFileEntry,
  type FileEntry,
  INLINE_CHUNKS_MAX,
  type Xattr,
} from './file-entry.ts';
export {
  type DisplacedHead,
  type HeadState,
  openHeadState,
  sealHeadState,
  type VaultLog,
} from './head-state.ts';
export {
  deriveBackupId,
  deriveChunkNameKey,
  deriveRootKeys,
  type RootKeys,
} from './key-schedule.ts';
export { Keyring, openKeyring, sealKeyring } from './keyring.ts';
export {
  CHUNK_MAX_BYTES,
  CHUNK_NAME_BYTES,
  FRAME_BYTES,
  HEAD_DISPLACED_MAX,
  HEAD_LOGS_MAX,
  KEYRING_BYTES,
  NODE_MAX_BYTES,
  NODE_TARGET_BYTES,
  PACK_MAX_BYTES,
  PACK_MAX_K,
  PACK_UNIT_BYTES,
  PAGE_GROUP_MAX_BYTES,
  PAGE_NAME_BYTES,
  STREAM_ID_BYTES,
  XATTR_NAME_MAX_BYTES,
  XATTR_VALUE_MAX_BYTES,
  XATTRS_MAX,
} from './limits.ts';
export {
  derivePackKeys,
  openFrame,
  openFrames,
  type PackKeys,
  type PackRef,
  parsePackHeader,
  sealPack,
} from './pack.ts';
export { PackDraft, type Piece, type PieceLayout, viewPieces } from './pack-draft.ts';
export {
  decodePackIndex,
  encodePackIndex,
  type IndexedBlob,
  PACK_INDEX_LENGTH_BYTES,
  type PackIndex,
  packIndexOffset,
  type StreamPart,
} from './pack-index.ts';
export {
  forEachStretch,
  frameOfContent,
  framePlace,
  PACK_HEADER_BYTES,
  packBytes,
  packContentBytes,
  packFrames,
} from './pack-layout.ts';
export {
  decodePageEntry,
  decodePageKey,
  decodePagePlace,
  encodePageEntry,
  type PageEntry,
  pageKey,
} from './page-entry.ts';
export { decodePathKey, encodePathKey, isSafeName, isWithin } from './path-key.ts';
export { decodeRoot, encodeRoot, type Root } from './root.ts';
export { decodeSegment, encodeSegmentValue, type Segment, segmentKey } from './segment-entry.ts';
export {
  decodeSnapshotEntry,
  decodeSnapshotKey,
  encodeSnapshotEntry,
  type SnapshotEntry,
  snapshotKey,
} from './snapshot-entry.ts';
export type { Table, TableLayer } from './table.ts';
export {
  childAddress,
  decodeTableNode,
  type TableEntry,
  type TableNode,
  TableNodeWriter,
} from './table-node.ts';
export { cutTail, restOf, tailSizes } from './tail.ts';
