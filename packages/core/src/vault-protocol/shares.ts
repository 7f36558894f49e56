/**
 * The secret that any t of n vaults give back (spec/vault-protocol.md §2.3).
 */
import { combine, split } from 'shamir-secret-sharing';
import { concatBytes } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { label } from '../wire/index.ts';
import { SHARE_BYTES, VAULTS_MAX } from './limits.ts';

export interface Share {
  /** Where the polynomial has this value; 1 to 255, and another for each share. */
  readonly place: number;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/** @param secret 32 bytes. @param t Of how many shares the secret can be made again, 1 to n. */
export async function splitSecret(secret: Uint8Array, n: number, t: number): Promise<Share[]> {
  if (!(Number.isInteger(n) && Number.isInteger(t) && 1 <= t && t <= n && n <= VAULTS_MAX)) {
    throw new RangeError(`"t" of "n" must be at least 1, and at most "n" and ${VAULTS_MAX}`);
  }
  if (secret.length !== SHARE_BYTES) throw new RangeError('"secret" must be 32 bytes');
  if (t === 1) {
    return Array.from({ length: n }, (_, i) => ({ place: i + 1, bytes: secret.slice() }));
  }
  // The library puts the place behind the share.
  const copy = Uint8Array.from(secret);
  const shares = await split(copy, n, t);
  const places = shares.map((share) => ({
    place: share[SHARE_BYTES] as number,
    bytes: share.slice(0, SHARE_BYTES),
  }));
  wipe(copy, ...shares);
  return places;
}

/**
 * @param shares As many as the secret was split to need, at distinct places. Of wrong or too few ones
 *   comes another secret, not an error.
 */
export async function joinShares(shares: readonly Share[]): Promise<Uint8Array> {
  const [first, ...others] = shares;
  if (first === undefined) throw new RangeError('"shares" must not be empty');
  if (others.length === 0) return first.bytes.slice();
  const copies = shares.map(({ place, bytes }) => concatBytes(bytes, Uint8Array.of(place)));
  try {
    return await combine(copies);
  } finally {
    wipe(...copies);
  }
}

/**
 * Masks a share, or unmasks it: each is the other's reverse.
 *
 * @param output Of the vault's function, 32 bytes; makes one mask for one record.
 */
export async function maskShare(
  crypto: CryptoPort,
  share: Uint8Array,
  output: Uint8Array,
  { identity, recordId }: { readonly identity: Uint8Array; readonly recordId: Uint8Array },
): Promise<Uint8Array> {
  const info = concatBytes(label('vault-share'), identity, recordId);
  const pad = await crypto.hkdfSha256(output, new Uint8Array(0), info, SHARE_BYTES);
  const masked = share.map((byte, i) => byte ^ (pad[i] as number));
  pad.fill(0);
  return masked;
}

function wipe(...copies: readonly Uint8Array[]): void {
  for (const copy of copies) copy.fill(0);
}
