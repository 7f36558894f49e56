export { readRequest, readStream } from './bounded-body.ts';
export { addressGroup, clientAddress, truncateAddress } from './client-address.ts';
export {
  type HttpServerOptions,
  makeHttpServer,
  socketAddress,
  type Timeouts,
  type TlsPair,
} from './http-server.ts';
export { HEADERS, Problems, type ProblemsOptions } from './problem.ts';
export { readiness } from './readiness.ts';
export { LimitReached, limitPerMinute, RequestLimit, takeOne } from './request-limit.ts';
