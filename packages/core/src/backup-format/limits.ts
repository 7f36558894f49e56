/** Sizes and limits of the format (spec/backup-format.md §3). Readers enforce every one of them. */
import { GENERATION_MAX } from '../rotation/index.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Sealed frames, and so reads, lie on this grid inside a pack. */
export const FRAME_BYTES = 64 * KIB;
/** Smallest pack; a pack is this × 2^k. */
export const PACK_UNIT_BYTES = 256 * KIB;
/** Largest k of a pack: 16 MiB. */
export const PACK_MAX_K = 6;
export const PACK_MAX_BYTES = PACK_UNIT_BYTES << PACK_MAX_K;

/** Largest chunk of a plain file, in bytes of plaintext. */
export const CHUNK_MAX_BYTES = MIB;
/** Largest group of database pages that is compressed as one, in bytes of plaintext. */
export const PAGE_GROUP_MAX_BYTES = 256 * KIB;
/** Largest table node, in bytes of plaintext. */
export const NODE_MAX_BYTES = MIB;
/** Writers close a table node at about this size. */
export const NODE_TARGET_BYTES = 48 * KIB;
/** Levels of a table layer, leaves included. */
export const TABLE_MAX_HEIGHT = 8;
/** Layers of one table. */
export const TABLE_MAX_LAYERS = 64;
/** Longest key of a table entry; paths are keys. */
export const KEY_MAX_BYTES = 32 * KIB;
/** Longest that all keys of one node together are, written out. */
export const NODE_KEYS_MAX_BYTES = 8 * MIB;
/** Longest value of a table entry. */
export const VALUE_MAX_BYTES = 256 * KIB;
/** Extended attributes of one file. */
export const XATTRS_MAX = 1024;
/** Longest name of an extended attribute, and longest value. */
export const XATTR_NAME_MAX_BYTES = 255;
export const XATTR_VALUE_MAX_BYTES = 64 * KIB;
/** Longest index inside a pack. */
export const PACK_INDEX_MAX_BYTES = 4 * MIB;
/** Parts of streams that one pack lists, and blobs; streams, too, that either are of. */
export const PACK_PARTS_MAX = 65536;
export const PACK_BLOBS_MAX = 65536;

/** Length of a full chunk name: HMAC-SHA256. */
export const CHUNK_NAME_BYTES = 32;
/** Length of a page name: the first half of an HMAC-SHA256. */
export const PAGE_NAME_BYTES = 16;
/** Length of a stream's random id. */
export const STREAM_ID_BYTES = 16;
/** Every keyring object has this length. */
export const KEYRING_BYTES = 4 * KIB;
/** Epochs that a keyring can hold. */
export const EPOCHS_MAX = 64;
/** Earlier root keys of a keyring, and so times that the root key is rotated. */
export const EARLIER_ROOT_KEYS_MAX = GENERATION_MAX;
/** Packs that a head can name. */
export const HEAD_PACKS_MAX = 20;
/** Stream segments that a head can name, and streams. */
export const HEAD_SEGMENTS_MAX = 48;
/** Vaults whose logs a head can name. */
export const HEAD_LOGS_MAX = 9;
/** Heads of other histories that a head can name as put aside. */
export const HEAD_DISPLACED_MAX = 4;
