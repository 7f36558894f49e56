/**
 * Inverses modulo a prime, by Lehmer's form of Euclid's algorithm (Knuth, The Art of Computer
 * Programming 2, §4.5.2, algorithm L). In variable time: for what is no secret of a key.
 *
 * Euclid's quotients depend on the leading bits of both numbers alone, most of the time: so many steps
 * are done with doubles, and then at once with the integers, which cost an allocation for each operation.
 */

/** Bits of the leading parts: what they are multiplied by leaves them exact in a double. */
const LEADING_BITS = 48;
const FACTOR_MAX = 2 ** 26;

/** Steps of Euclid's algorithm in one: (a, b) → (fa·a + fb·b, ga·a + gb·b). */
interface Steps {
  readonly fa: number;
  readonly fb: number;
  readonly ga: number;
  readonly gb: number;
}

/**
 * @param value From 1 to `prime` less 1.
 * @param prime Odd.
 * @returns From 1 to `prime` less 1.
 */
export function invert(value: bigint, prime: bigint): bigint {
  // `a` is `x` times the value, and `b` is `y` times it, modulo the prime.
  let [a, b] = [prime, value];
  let [x, y] = [0n, 1n];
  let bits = prime.toString(2).length;
  while (b !== 0n) {
    while (bits > LEADING_BITS && a >> BigInt(bits - 1) === 0n) bits--;
    const shift = BigInt(Math.max(0, bits - LEADING_BITS));
    const steps = leadingSteps(Number(a >> shift), Number(b >> shift));
    if (steps === null) {
      const quotient = a / b;
      [a, b] = [b, a - quotient * b];
      [x, y] = [y, x - quotient * y];
    } else {
      const [fa, fb] = [BigInt(steps.fa), BigInt(steps.fb)];
      const [ga, gb] = [BigInt(steps.ga), BigInt(steps.gb)];
      [a, b] = [fa * a + fb * b, ga * a + gb * b];
      [x, y] = [fa * x + fb * y, ga * x + gb * y];
    }
  }
  const inverse = x % prime;
  return inverse < 0n ? inverse + prime : inverse;
}

/** As many steps as the leading parts decide, whatever follows them; null for none. */
function leadingSteps(a: number, b: number): Steps | null {
  let [u, v] = [a, b];
  let [fa, fb, ga, gb] = [1, 0, 0, 1];
  while (v + ga !== 0 && v + gb !== 0) {
    const quotient = Math.floor((u + fa) / (v + ga));
    if (quotient !== Math.floor((u + fb) / (v + gb))) break;
    const [nextA, nextB] = [fa - quotient * ga, fb - quotient * gb];
    if (Math.abs(nextA) > FACTOR_MAX || Math.abs(nextB) > FACTOR_MAX) break;
    [fa, fb, ga, gb] = [ga, gb, nextA, nextB];
    [u, v] = [v, u - quotient * v];
  }
  return fb === 0 ? null : { fa, fb, ga, gb };
}
