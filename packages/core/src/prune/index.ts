export {
  MARK_BYTES,
  MARK_PACKS_MAX,
  type MarkKeys,
  type MarkList,
  openMark,
  sealMark,
} from './mark.ts';
