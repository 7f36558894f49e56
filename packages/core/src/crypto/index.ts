export { type Awaitable, type CryptoPort, TAG_BYTES } from './crypto-port.ts';
