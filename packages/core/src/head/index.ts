export {
  encodeHeadLink,
  HEAD_BOX_BYTES,
  HEAD_BYTES,
  type HeadLink,
  parseHead,
  type SignedHead,
  signHead,
  verifyHead,
} from './head.ts';
