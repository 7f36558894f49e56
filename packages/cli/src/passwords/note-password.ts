/** Notes on this device what came of a password. */
import { systemState } from '@holdfast/client/system-state';
import type { Invocation } from '../command.ts';
import type { Folders } from '../places/folders.ts';
import {
  type PasswordMemory,
  recallPassword,
  rememberPassword,
} from '../places/password-memory.ts';

/**
 * What can't be noted is only told: the password did what it did.
 *
 * @param more Guesses of this device, in hex, and proofs that are open, beside those from before.
 */
export async function notePassword(
  output: Invocation['output'],
  { folders, backupId }: { readonly folders: Folders; readonly backupId: Uint8Array },
  change: Partial<PasswordMemory>,
  more: Partial<Pick<PasswordMemory, 'attempts' | 'proofs'>> = {},
): Promise<void> {
  const { attempts = [], proofs = [] } = more;
  if (attempts.length + proofs.length + Object.keys(change).length === 0) return;
  try {
    const before = await recallPassword(folders, backupId);
    await rememberPassword(folders, backupId, {
      ...change,
      attempts: [...before.attempts, ...attempts],
      proofs: [...before.proofs, ...proofs],
    });
  } catch (cause) {
    output.warn(`Cannot note on this device that a password was typed: ${systemState(cause)}`);
  }
}
