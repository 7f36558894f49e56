/**
 * The objects that lead to the keys: the keyring, and the records of the recovery methods.
 */
import { KEYRING_BYTES, openKeyring } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import type { HeadLink } from '@holdfast/core/head';
import { parseRecoveryRecord, RECOVERY_RECORD_BYTES } from '@holdfast/core/recovery-record';
import { asDamage } from '../damage.ts';
import type { Backup } from '../repository/backup.ts';
import { getStart } from '../repository/get-start.ts';
import { keyringName, RECORD_PREFIX, recordName } from '../repository/object-names.ts';
import { Suspicion, type Suspicions } from './finding.ts';

const KEYRING_REMEDY =
  'Put the object back if another copy of the store has it: without it nothing can be read. Otherwise begin a new backup elsewhere, and keep this store in case a copy is found';
const KEY_RECORD_REMEDY =
  'The 64-digit key still opens the backup, but a wrong key can no longer be told from damage. Keep the key safe, and put the object back if another copy of the store has it';
const RECORD_REMEDY = 'Set up this recovery method again; the 64-digit key still opens the backup';

const NEWER_REMEDY = 'A newer version of Holdfast set it up. Check with that version';
const KNOWN_METHODS = /\/(key|password|passkey)-\d{6}$/;
const UNKNOWN_METHOD = 'is of a method that this version does not know';

/** @param head The one whose keyring is looked at. */
export async function checkKeyring(
  { store, crypto, keys }: Backup,
  { keyringHash }: HeadLink,
  suspicions: Suspicions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const name = keyringName(keyringHash);
  const suspect = (problem: string): void => {
    suspicions
      .get('keyring', () => new Suspicion('damage', `The keyring ${problem}`, KEYRING_REMEDY))
      .affects('the whole backup')
      .affects(name);
  };
  try {
    const object = await getStart(store, name, KEYRING_BYTES, signal);
    if (object === null) return suspect('is missing');
    const isSame = equalBytes(await crypto.sha256(object), keyringHash);
    if (!isSame) return suspect('is damaged');
    const keyring = await openKeyring(crypto, keys.keyringKey, keys.backupId, object);
    keyring.wipe();
  } catch (error) {
    asDamage(error);
    suspect('is damaged');
  }
}

/** @param names Of all records that the store lists, in order. */
export async function checkRecords(
  backup: Backup,
  names: readonly string[],
  suspicions: Suspicions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const sound = new Set<string>();
  let hasKeyRecord = false;
  for (const name of names.toReversed()) {
    const method = name.slice(0, name.lastIndexOf('-'));
    // Of several the newest counts; before it may lie what an init left that was cut off.
    if (sound.has(method)) continue;
    const problem = await recordProblem(backup, name, signal);
    // Of an earlier root key, or of one that never came in force: nobody looks at it.
    if (problem === 'is of another root key') continue;
    hasKeyRecord ||= isOfKey(name);
    if (problem === null) sound.add(method);
    else suspect(suspicions, name, problem);
  }
  if (!hasKeyRecord) suspect(suspicions, recordName('key', 1), 'is missing');
}

async function recordProblem(
  { store, crypto, keys }: Backup,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  try {
    const object = await getStart(store, name, RECOVERY_RECORD_BYTES, signal);
    if (object === null) return 'is missing';
    const record = await parseRecoveryRecord(crypto, object);
    const isInPlace = recordName(record.method, record.version) === name;
    if (!isInPlace || !equalBytes(record.backupId, keys.backupId)) {
      return 'belongs to another backup or place';
    }
    const isOwn = equalBytes(record.ownerPublicKey, keys.ownerPublicKey);
    return isOwn ? null : 'is of another root key';
  } catch (error) {
    const isNewer = asDamage(error).code === 'format-too-new';
    if (isNewer && !KNOWN_METHODS.test(name)) return UNKNOWN_METHOD;
    return isNewer ? 'is damaged, or of a newer version' : 'is damaged';
  }
}

function suspect(suspicions: Suspicions, name: string, problem: string): void {
  const what = `The recovery record ${name.slice(RECORD_PREFIX.length)} ${problem}`;
  const isUnknown = problem === UNKNOWN_METHOD;
  const severity = isUnknown ? 'warning' : 'damage';
  const remedy = isUnknown ? NEWER_REMEDY : isOfKey(name) ? KEY_RECORD_REMEDY : RECORD_REMEDY;
  suspicions.get(`record ${name}`, () => new Suspicion(severity, what, remedy)).affects(name);
}

function isOfKey(name: string): boolean {
  return name.startsWith(`${RECORD_PREFIX}key-`);
}
