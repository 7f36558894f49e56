export { readRequest, readStream } from './bounded-body.ts';
export { addressGroup, clientAddress, truncateAddress } from './client-address.ts';
export {
  type HttpServerOptions,
  makeHttpServer,
  socketAddress,
  type Timeouts,
  type TlsPair,
} from './http-server.ts';
export { Problems, type ProblemsOptions } from './problem.ts';
export { limitPerMinute, RequestLimit } from './request-limit.ts';
