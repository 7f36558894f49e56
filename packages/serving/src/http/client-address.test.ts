import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressGroup, clientAddress, truncateAddress } from './client-address.ts';

test('clientAddress() is what the proxy saw, and never what the caller wrote before it', () => {
  assert.equal(clientAddress('10.0.0.1', null), '10.0.0.1');
  assert.equal(clientAddress('10.0.0.1', '192.0.2.7'), '192.0.2.7');
  assert.equal(clientAddress('10.0.0.1', '8.8.8.8, 192.0.2.7'), '192.0.2.7');
  assert.equal(clientAddress('10.0.0.1', '2001:db8::1'), '2001:db8::1');
  assert.equal(clientAddress('10.0.0.1', 'unknown'), '10.0.0.1');
  assert.equal(clientAddress('10.0.0.1', ''), '10.0.0.1');
});

const ADDRESSES: readonly (readonly [address: string, group: string, truncated: string])[] = [
  ['192.0.2.77', '192.0.2.77', '192.0.2.0'],
  ['::ffff:192.0.2.77', '192.0.2.77', '192.0.2.0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::'],
  ['2001:DB8:0001:0002::6', '2001:db8:1:2::/64', '2001:db8:1::'],
  ['2001:db8::6', '2001:db8:0:0::/64', '2001:db8:0::'],
  ['::1', '0:0:0:0::/64', '0:0:0::'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64', '64:ff9b:0::'],
  ['unknown', 'unknown', 'unknown'],
];

for (const [address, group, truncated] of ADDRESSES) {
  test(`${address} is limited as ${group} and logged as ${truncated}`, () => {
    assert.equal(addressGroup(address), group);
    assert.equal(truncateAddress(address), truncated);
  });
}
