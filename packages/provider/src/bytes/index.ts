export { FolderBytes } from './folder-bytes.ts';
export type { BytesRange, KeptPlace, ObjectBytes, Place } from './object-bytes.ts';
