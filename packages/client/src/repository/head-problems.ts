/**
 * What stands above the state at hand: heads that don't verify, or whose state can't be read.
 */
import type { HoldfastError } from '@holdfast/core/errors';

/** Why what a greater number names is not the state at hand. */
export interface HeadProblem {
  readonly number: number;
  /** `unverified`: perhaps no head at all. `unreadable`: a head, but what it leads to is damaged. */
  readonly kind: 'unverified' | 'unreadable';
  readonly error: HoldfastError;
}

export class HeadProblems {
  #problems: readonly HeadProblem[] = [];
  /** Numbers of the heads whose problems the person knows of. */
  readonly #told = new Set<number>();

  /** Newest first. */
  get all(): readonly HeadProblem[] {
    return this.#problems;
  }

  /** @param problems Newest first. */
  replace(problems: readonly HeadProblem[]): void {
    this.#problems = problems;
  }

  /** A head of that number is the newest now. */
  passOver(number: number): void {
    this.#problems = this.#problems.filter((problem) => problem.number > number);
  }

  /** Those that nobody has taken yet, to tell the person. */
  takeUntold(): readonly HeadProblem[] {
    const untold = this.#problems.filter(({ number }) => !this.#told.has(number));
    for (const { number } of untold) this.#told.add(number);
    return untold;
  }
}
