/** A removal that the password's owner agrees to (spec/vault-protocol.md §5, kind `remove`). */
import { concatBytes } from '../../bytes/index.ts';
import type { CryptoPort } from '../../crypto/index.ts';
import { label, SIGNATURE_BYTES } from '../../wire/index.ts';
import { signRequest, type VaultRequest } from './request.ts';
import { encodeRequestBody, type RequestBodies } from './request-body.ts';

/** A `remove` request without its body. */
export type RemovalFrame = Omit<VaultRequest, 'kind' | 'body'>;

/**
 * @param ownerSeed Ed25519 seed, 32 bytes.
 * @param proofSeed Of the record that is removed, or null when its password is not at hand.
 */
export async function signRemoval(
  crypto: CryptoPort,
  frame: RemovalFrame,
  { recordId, seenNumber }: Omit<RequestBodies['remove'], 'proof'>,
  ownerSeed: Uint8Array,
  proofSeed: Uint8Array | null,
): Promise<Uint8Array> {
  let proof = new Uint8Array(SIGNATURE_BYTES);
  if (proofSeed !== null) {
    const unproved = await signRequest(
      crypto,
      {
        ...frame,
        kind: 'remove',
        body: encodeRequestBody('remove', { recordId, seenNumber, proof }),
      },
      ownerSeed,
    );
    proof = Uint8Array.from(await crypto.ed25519Sign(proofSeed, proofMessage(unproved)));
  }
  const body = encodeRequestBody('remove', { recordId, seenNumber, proof });
  return await signRequest(crypto, { ...frame, kind: 'remove', body }, ownerSeed);
}

/**
 * Whether a removal's proof is by this key.
 *
 * @param bytes A whole `remove` request that `decodeRequest` takes.
 */
export async function isRemovalProvedBy(
  crypto: CryptoPort,
  bytes: Uint8Array,
  proofPublicKey: Uint8Array,
): Promise<boolean> {
  const proof = bytes.subarray(-2 * SIGNATURE_BYTES, -SIGNATURE_BYTES);
  return await crypto.ed25519Verify(proofPublicKey, proofMessage(bytes), proof);
}

function proofMessage(bytes: Uint8Array): Uint8Array {
  return concatBytes(label('vault-remove-proof'), bytes.subarray(0, -2 * SIGNATURE_BYTES));
}
