export {
  encodeHeadLink,
  HEAD_BOX_BYTES,
  HEAD_BYTES,
  HEAD_NUMBER_MAX,
  type HeadLink,
  parseHead,
  type SignedHead,
  signHead,
  verifyHead,
} from './head.ts';
