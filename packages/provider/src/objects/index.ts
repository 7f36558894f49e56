export { type KindOfName, OBJECT_MAX_BYTES, type ObjectKind } from './object-kind.ts';
export { Objects, type ObjectsOptions, type Upload } from './objects.ts';
export { endExpired, removeOrphans, type UpkeepOptions } from './upkeep.ts';
