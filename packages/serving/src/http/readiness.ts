const READY_FOR_MS = 1000;

/**
 * Whether a server could serve: asks at most once a second, whoever asks here how often.
 *
 * @param check Resolves when a change would succeed.
 */
export function readiness(check: () => Promise<void>): () => Promise<boolean> {
  let asked: Promise<boolean> | null = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (asked === null || nowMs >= askedAtMs + READY_FOR_MS) {
      askedAtMs = nowMs;
      asked = check().then(
        () => true,
        () => false,
      );
    }
    return asked;
  };
}
