/**
 * Refuses keys and passwords given as arguments: other users of the computer can see them, and the
 * shell keeps them in its history. The refusal never repeats them.
 */
import { type CommandError, usageError } from '../command-error.ts';

const SECRET_OPTIONS = /^--(key|password|passphrase|secret|root-key|account-code)(=|$)/;
const SHORTEST_RUN_DIGITS = 32;
/** Options whose values look like keys, and are for everybody's eyes. */
const PUBLIC_OPTION = /^--(?:fingerprint|backup)(?:=|$)/;

/** @throws {HoldfastError} `usage` when anything in `args` looks like a secret. */
export function refuseSecrets(args: readonly string[]): void {
  let run = '';
  for (const [index, arg] of args.entries()) {
    if (PUBLIC_OPTION.test(arg) || isPublicName(args[index - 1])) continue;
    const option = SECRET_OPTIONS.exec(arg);
    if (option) throw refusal(`"--${option[1]}"`);
    if (isKey(arg) || isKey(arg.slice(arg.indexOf('=') + 1))) throw refusal('a key');
    run = /^[0-9a-f]{4,}$/i.test(arg) ? run + arg : '';
    if (run.length >= SHORTEST_RUN_DIGITS && run !== arg) throw refusal('a key');
  }
}

/** Whether the next argument is the value of such an option. */
function isPublicName(arg = ''): boolean {
  return PUBLIC_OPTION.test(arg) && !arg.includes('=');
}

function isKey(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text.replaceAll(/[\s:.\-–—]/g, ''));
}

function refusal(what: string): CommandError {
  return usageError(
    `Cannot take ${what} as an argument: others on this computer could read it`,
    'Use --key-file FILE, or --key-file - to read it from standard input.',
  );
}
