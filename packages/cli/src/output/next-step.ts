/** What to do after an error: the second line of every message. */
import type { ErrorCode, HoldfastError } from '@holdfast/core/errors';

const NEXT_STEPS: Readonly<Partial<Record<ErrorCode, string>>> = {
  'backup-missing': 'Check --store, or start a backup there with "holdfast init".',
  'backup-exists': 'Open it with "holdfast recover", or choose another store with --store.',
  'snapshot-missing': '"holdfast snapshots" lists what is there.',
  'last-snapshot': 'With --even-last it is forgotten all the same.',
  'path-missing': '"holdfast ls" lists what is there.',
  'wrong-key': 'Compare the key with the printed one and type it with "holdfast recover".',
  'key-rotated': 'Type the new 64-digit key once with "holdfast recover".',
  'key-missing': 'Type the 64-digit key with "holdfast recover", or name a file with --key-file.',
  'invite-needed': 'Ask its operator for an invite, and name it with --invite.',
  'not-authorised': 'Compare the account code with the recovery sheet, and check --store.',
  'key-typo': 'Compare with the printed key and try again.',
  'locked-out': 'The 64-digit key still opens the backup: holdfast recover',
  'wrong-password': 'Try it again with "holdfast recover --method password".',
  'password-missing': 'The 64-digit key opens the backup: holdfast recover',
  'vaults-unreachable':
    'Check the network, and the address; "holdfast vault list" shows those that this device trusts.',
  'vault-untrusted': 'Ask the operator of the vault, not over its address.',
  damaged: 'Keep the store as it is; "holdfast check" tells what is affected.',
  'object-missing': 'Keep the store as it is; "holdfast check" tells what is affected.',
  'format-too-new': 'Install the newest version of holdfast.',
  stale:
    'Was the disk restored from an older copy? To go on with what it shows, add --accept-stale to "holdfast backup", "restore" or "recover".',
  contention: 'Another device is writing. Try again in a moment.',
  'already-running': "Wait until it has ended. One that was killed is in nobody's way.",
  'store-full': 'What was stored before is unharmed. Make room there, then run it again.',
  'disk-full': 'Make room there, then run it again.',
  'device-unusable': 'Check its permissions, and the disk that it lies on.',
  'store-unreachable': 'Is its disk plugged in, or the network there, and --store right?',
  'store-denied': 'Check the permissions of the store, and how its disk is mounted.',
  'store-invalid':
    'A store is a folder, such as file:/media/disk/backup, or a provider, such as https://backup.example.org.',
  'source-unreadable': 'Check the path and its permissions.',
  'target-denied': 'Check the permissions there, or choose another folder with --to.',
  'target-unusable': 'Choose another folder with --to.',
};

/** For a command that takes up what an interrupted run has done. */
export const RUN_AGAIN = 'Run the same command again: it goes on where it stopped.';

/** For commands that go on where they stopped. */
const RESUMED: Readonly<Partial<Record<ErrorCode, string>>> = {
  'store-unreachable': `${NEXT_STEPS['store-unreachable']} ${RUN_AGAIN}`,
  'store-full': `Your snapshots are unharmed. Make room there. ${RUN_AGAIN} To free what it has stored so far instead, while no other device is at work: "holdfast prune --grace 0s"`,
  'disk-full': `Make room there. ${RUN_AGAIN}`,
};

/** When the object at fault is the folder of all heads. */
const HEADS_GONE =
  'Keep the store as it is. Heads are the small files in its folder "heads" by which all else is found: with that folder put back from a copy, all is there again. Begin another backup elsewhere.';

const HEAD_DAMAGED =
  'Put the head back if another copy of the store has it; "holdfast check" tells what is affected. To go on from the state before it: "holdfast recover --accept-stale"';

/**
 * @param resumes Whether the command goes on where it stopped.
 * @returns null where there is nothing to advise.
 */
export function nextStepFor({ code, details }: HoldfastError, resumes: boolean): string | null {
  if (details.objectName === 'heads/') return HEADS_GONE;
  if (details.isRemembered) return HEAD_DAMAGED;
  if (code === 'key-rotated' && details.objectName !== undefined) {
    return `${NEXT_STEPS[code]} Did none of you change it? Then somebody else has the key of before; with "${details.objectName}" removed from the store, it counts again.`;
  }
  return (resumes ? RESUMED[code] : undefined) ?? NEXT_STEPS[code] ?? null;
}
