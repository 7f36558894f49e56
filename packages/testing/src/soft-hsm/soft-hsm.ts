/** Tokens of the real SoftHSM2, in a folder of their own. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PLACES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];

/** SoftHSM2's PKCS#11 library; null where it is not installed. */
export const SOFT_HSM_LIBRARY: string | null = PLACES.find((path) => existsSync(path)) ?? null;

/**
 * One for each process: SoftHSM2 reads its place from the environment, and which tokens there are,
 * when it is loaded.
 */
export class SoftHsm implements Disposable {
  readonly officerPin = '87654321';
  readonly userPin = '1234';
  /** Holds a folder for each token. */
  readonly folder: string;
  readonly #root: string;
  readonly #labels: string[];

  /** @param count How many tokens to initialise. */
  constructor(count: number) {
    this.#root = mkdtempSync(join(tmpdir(), 'holdfast-softhsm-'));
    this.folder = join(this.#root, 'tokens');
    mkdirSync(this.folder);
    const settings = join(this.#root, 'softhsm2.conf');
    writeFileSync(settings, `directories.tokendir = ${this.folder}\nlog.level = ERROR\n`);
    process.env.SOFTHSM2_CONF = settings;
    this.#labels = Array.from({ length: count }, (_, index) => `token ${index}`);
    for (const label of this.#labels) this.#initialise(label);
  }

  /** The label of a token that was not taken before. */
  takeToken(): string {
    const label = this.#labels.shift();
    if (label === undefined) throw new RangeError('"count" must be greater: no token is left');
    return label;
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #initialise(label: string): void {
    const pins = ['--so-pin', this.officerPin, '--pin', this.userPin];
    const args = ['--init-token', '--free', '--label', label, ...pins];
    execFileSync('softhsm2-util', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
