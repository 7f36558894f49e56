export {
  type Argon2idParameters,
  type Awaitable,
  type CryptoPort,
  type Effort,
  TAG_BYTES,
} from './crypto-port.ts';
