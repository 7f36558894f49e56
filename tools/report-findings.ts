// What every check in this folder ends with: one line per finding, and a non-zero exit if any is
// an error. Warnings are printed and change nothing else.

/** What a check found, each a full line that begins with the file it is about. */
export interface Findings {
  errors: string[];
  warnings: string[];
}

/** Prints the findings and sets the exit code of this process to 1 when there are errors. */
export function reportFindings({ errors, warnings }: Findings): void {
  for (const line of warnings) console.log(`warning: ${line}`);
  for (const line of errors) console.error(`error: ${line}`);
  if (errors.length > 0) process.exitCode = 1;
}
