/**
 * kB from an ECDH that tells x-coordinates only (spec/vault-protocol.md §11).
 *
 * x(kB) leaves two candidates, Z and −Z. A second derive, on B + G, settles which: with K = kG known,
 * the sum Z + K must have the x that it gave. Of P-256's addition formula,
 *
 *     (yZ − yK)² = (x(k(B + G)) + xZ + xK) · (xZ − xK)²
 *
 * everything but yZ is known, and yZ² follows from xZ: so the formula gives yZ itself by one
 * multiplication with 1/(2·yK), and that its square is the one that xZ asks for proves that both
 * derives were by the key of K, and on the right points. No root has to be drawn, and the only
 * inversion is one for both 1/(2·yK) and the slope of B + G.
 */
import { HoldfastError } from '@holdfast/core/errors';
import {
  encodeElement,
  FIELD_BYTES,
  GENERATOR,
  integerOf,
  invertP,
  isOnCurve,
  modP,
  type Point,
  ySquared,
} from './p256.ts';

/** What one evaluation takes. */
export interface EvaluationPlan {
  /** B + G, on which the second derive is made; the first is made on B. */
  readonly second: Point;

  /**
   * @param first x(kB), 32 bytes; HSMs may leave out leading zeros.
   * @param second x(k(B + G)), the same.
   * @returns kB, 33 bytes.
   * @throws {HoldfastError} `damaged` when the two don't fit each other and K.
   */
  settle(first: Uint8Array, second: Uint8Array): Uint8Array;
}

/**
 * @param blinded B.
 * @param publicKey K = kG.
 * @returns The answer itself where no derive is needed: B = ±G gives ±K.
 */
export function planEvaluation(blinded: Point, publicKey: Point): EvaluationPlan | Uint8Array {
  if (blinded.x === GENERATOR.x) {
    const isGenerator = blinded.y === GENERATOR.y;
    return encodeElement(isGenerator ? publicKey : { x: publicKey.x, y: modP(-publicKey.y) });
  }
  const run = modP(GENERATOR.x - blinded.x);
  const twiceY = modP(2n * publicKey.y);
  const both = invertP(run * twiceY);
  return {
    second: sumWithGenerator(blinded, modP(both * twiceY)),
    settle: (first, second) => settle(publicKey, modP(both * run), first, second),
  };
}

/** @param inverseRun 1/(xG − xB). */
function sumWithGenerator(blinded: Point, inverseRun: bigint): Point {
  const slope = modP((GENERATOR.y - blinded.y) * inverseRun);
  const x = modP(slope * slope - blinded.x - GENERATOR.x);
  return { x, y: modP(slope * (blinded.x - x) - blinded.y) };
}

/** @param inverseTwiceY 1/(2·yK). */
function settle(
  publicKey: Point,
  inverseTwiceY: bigint,
  first: Uint8Array,
  second: Uint8Array,
): Uint8Array {
  const [x, xSum] = [coordinate(first), coordinate(second)];
  const run = modP(x - publicKey.x);
  const rise = modP((xSum + x + publicKey.x) * modP(run * run));
  const y = modP((ySquared(x) + publicKey.y * publicKey.y - rise) * inverseTwiceY);
  if (run === 0n || !isOnCurve({ x, y })) throw mismatch();
  return encodeElement({ x, y });
}

function coordinate(derived: Uint8Array): bigint {
  if (derived.length === 0 || derived.length > FIELD_BYTES) throw mismatch();
  return integerOf(derived);
}

function mismatch(): HoldfastError {
  return new HoldfastError('damaged', 'Cannot evaluate: what the key gave does not fit its point');
}
