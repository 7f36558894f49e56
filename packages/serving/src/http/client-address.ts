/** From where a request came, and how much of that is used: for limits, and in a log. */
import { isIP } from 'node:net';

/**
 * The caller's own address.
 *
 * @param socketAddress The other end of the connection.
 * @param forwardedFor The header `X-Forwarded-For`, to which the one proxy in front added the address
 *   that it saw, at the end; null where there is no proxy: anybody could have sent it.
 */
export function clientAddress(socketAddress: string, forwardedFor: string | null): string {
  const seen = forwardedFor?.split(',').at(-1)?.trim() ?? '';
  return isIP(seen) === 0 ? socketAddress : seen;
}

/** What shares one limit: an IPv4 address, or the /64 network that one household has in IPv6. */
export function addressGroup(address: string): string {
  const groups = ipv6Groups(address);
  return groups === null ? ipv4Of(address) : `${groups.slice(0, 4).join(':')}::/64`;
}

/** For logs: without the last byte of IPv4, of IPv6 the first 48 bits. */
export function truncateAddress(address: string): string {
  const groups = ipv6Groups(address);
  if (groups !== null) return `${groups.slice(0, 3).join(':')}::`;
  return ipv4Of(address).replace(/\.\d+$/, '.0');
}

/** `::ffff:192.0.2.1` is how a socket for both kinds shows an IPv4 address. */
function ipv4Of(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The eight numbers of an IPv6 address in hex, or null for anything else. */
function ipv6Groups(address: string): string[] | null {
  const [bare = ''] = ipv4Of(address).split('%');
  if (isIP(bare) !== 6) return null;
  const [head = '', tail] = bare.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two numbers; which, nobody here asks for.
  const written = before.length + after.length + (bare.includes('.') ? 1 : 0);
  const missing = tail === undefined ? 0 : 8 - written;
  return [...before, ...Array<string>(missing).fill('0'), ...after].map((group) =>
    group.replace(/^0+(?=.)/, '').toLowerCase(),
  );
}
