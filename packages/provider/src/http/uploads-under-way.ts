/** How many uploads there are at the same time, so that none takes the place of all others. */
import { HoldfastError } from '@holdfast/core/errors';

const MOST_OF_AN_ACCOUNT = 32;

export class UploadsUnderWay {
  readonly #most: number;
  readonly #byAccount = new Map<string, number>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Counts one until it is disposed.
   *
   * @throws {HoldfastError} `too-many-requests` for an account that has enough of them, `busy`.
   */
  begin(accountId: Uint8Array): Disposable {
    const account = Buffer.from(accountId).toString('latin1');
    const ofAccount = this.#byAccount.get(account) ?? 0;
    if (ofAccount >= MOST_OF_AN_ACCOUNT) {
      throw new HoldfastError('too-many-requests', 'Cannot go on: too many uploads');
    }
    if (this.#count >= this.#most) throw new HoldfastError('busy', 'Cannot go on: too much to do');
    this.#count++;
    this.#byAccount.set(account, ofAccount + 1);
    return {
      [Symbol.dispose]: () => {
        this.#count--;
        const left = (this.#byAccount.get(account) ?? 1) - 1;
        if (left === 0) this.#byAccount.delete(account);
        else this.#byAccount.set(account, left);
      },
    };
  }
}
