/** The exit codes of `holdfast`: stable, listed in its help. Errors bring theirs along (`error.exitCode`). */

export const EXIT_FAILED = 1;
export const EXIT_PARTIAL = 3;
/** As error code `damaged` has it. */
export const EXIT_DAMAGED = 13;
export const EXIT_CANCELLED = 130;
export const EXIT_TERMINATED = 143;

export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'Done'],
  [1, 'Failed'],
  [2, 'Wrong use of the command line'],
  [3, 'Partly done: some files could not be read or restored, or a folder is empty that was not'],
  [10, 'No backup there'],
  [11, 'Locked out: too many wrong guesses at the password'],
  [12, 'Wrong key or password'],
  [13, 'Damaged backup'],
  [14, 'Stale: the store shows an older state than this device or a vault has seen'],
  [15, 'No space left, or over quota'],
  [16, 'Store unreachable (is its disk mounted?), or too few vaults'],
  [130, 'Cancelled (Ctrl-C)'],
  [143, 'Terminated'],
];
