/** The backup that an operator names. */
import { fromHex } from '@holdfast/core/bytes';
import { CommandError, usageError } from '../command-error.ts';

/** Where people find it. */
export const WHERE_IDS_ARE =
  'A backup is named by its id of 64 hex digits. Its owner finds that by "holdfast status --json"; a vault knows no names.';

/**
 * @param action For the message, such as `show`.
 * @throws {HoldfastError} `usage` unless it is one id.
 */
export function readBackupId(operands: readonly string[], action: string): Uint8Array {
  const [text = ''] = operands;
  if (operands.length === 1 && /^[0-9a-f]{64}$/i.test(text)) return fromHex(text.toLowerCase());
  throw usageError(
    `Cannot ${action} a backup: its id must be 64 hex digits`,
    'Its owner finds it by "holdfast status --json".',
  );
}

export function noSuchBackup(action: string): CommandError {
  const message = `Cannot ${action} a backup: this vault holds none such`;
  return new CommandError('object-missing', message);
}
