export { assertFits, type KeyRange } from './assert-fits.ts';
export { compactTable, mergeLayers, type Recode, TOMBSTONE } from './compact-table.ts';
export type { CursorEntry, OnBroken, ReadBlob } from './layer-cursor.ts';
export { layerKeys } from './layer-keys.ts';
export { recodeFile, recodePages, recodeSegment, recodeSnapshot } from './recode.ts';
export { TableBuilder, type WriteNode } from './table-builder.ts';
export { findEntry, readTable, TableCursor } from './table-cursor.ts';
