/**
 * Tries a password at the vaults, and again while the person wants to: says beforehand what can be
 * tried, and afterwards what the vaults did (spec/vault-protocol.md §12.2).
 */
import type { Store } from '@holdfast/client';
import type { TrustedVault } from '@holdfast/client/vaults';
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import {
  chooseRecord,
  evaluableRecords,
  type RecoveredKey,
  type RecoveryEvent,
  type Survey,
  type VaultReport,
} from '@holdfast/core/vault-protocol';
import type { Invocation, Option } from '../command.ts';
import { commandError } from '../command-error.ts';
import type { Folders } from '../places/folders.ts';
import type { PasswordMemory } from '../places/password-memory.ts';
import { askYesNo } from '../terminal/ask-yes-no.ts';
import { canAsk } from '../terminal/terminal.ts';
import { explainTry, guessesText } from './explain-try.ts';
import { failureText } from './failure-text.ts';
import { deliverKeptProofs, openProofs } from './kept-proofs.ts';
import { notePassword } from './note-password.ts';
import { obtainPassword } from './obtain-password.ts';

export interface TryPlace {
  readonly folders: Folders;
  readonly store: Store;
  readonly backupId: Uint8Array;
  readonly vaults: readonly TrustedVault[];
  readonly accountCode: Secret;
  /** Records with a smaller one don't count. */
  readonly minimumT: number;
}

/** A password that is right. */
export interface TriedPassword extends Omit<RecoveredKey, 'reports'> {
  /** What all vaults did, once the late have been waited for, and what is to be said of them has been. Never rejects. */
  readonly ended: RecoveredKey['reports'];
}

export interface TryOptions {
  readonly question: string;
  /** The option that names a file with the password. */
  readonly fileOption: Option;
  /** Whether to try the password before the newest one. */
  readonly isOlder?: boolean;
}

/** To bring old proofs to the vaults first. */
const PATIENCE_MS = 2000;

/**
 * @throws {HoldfastError} as `recoverByPassword` of the protocol, with words for what to do next.
 */
export async function tryPassword(
  invocation: Invocation,
  place: TryPlace,
  { question, fileOption, isOlder = false }: TryOptions,
): Promise<TriedPassword> {
  const { options, terminal, output, signal } = invocation;
  const { surveyByCode } = await import('@holdfast/client/passwords');
  const { store, backupId, vaults, accountCode, minimumT } = place;
  const bound = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  await deliverKeptProofs(place, { vaults, signal: bound }, terminal.now());
  while (true) {
    const survey = await surveyByCode(store, backupId, { vaults, accountCode, signal, minimumT });
    signal.throwIfAborted();
    const version = chooseVersion(survey, invocation, minimumT, isOlder);
    tellSilent(survey, invocation);
    const password = await obtainPassword(invocation, fileOption, question);
    try {
      return await tryOnce(invocation, place, password, version);
    } catch (error) {
      signal.throwIfAborted();
      const isWrong = error instanceof HoldfastError && error.code === 'wrong-password';
      const isTyped = canAsk(terminal) && !options.has(fileOption.name);
      if (!isWrong || !isTyped || error.details.guessesLeft === 0) throw explainTry(error);
      output.tell(`${error.message.replace('Cannot recover: ', 'No: ')}. ${guessesText(error)}`);
      if (!(await askYesNo(invocation, 'Try again?'))) throw explainTry(error);
    }
  }
}

/**
 * One guess at each vault, without a question.
 *
 * @throws {HoldfastError} as `recoverByPassword` of the protocol.
 */
export async function tryOnce(
  { output, terminal, signal }: Invocation,
  { folders, ...place }: TryPlace,
  password: string,
  version: number,
): Promise<TriedPassword> {
  const { recoverRootKey } = await import('@holdfast/client/passwords');
  const attempts: string[] = [];
  const answered = new Set<string>();
  let worked: Partial<PasswordMemory> = {};
  const onEvent = ({ type, name, identity, attemptId }: RecoveryEvent): void => {
    if (type === 'answer') answered.add(identity.toHex());
    if (type === 'guess') attempts.push(attemptId.toHex());
    else output.aside(type === 'answer' ? `${name} answered` : `${name} did not answer`);
    output.json({ type: 'vault', url: name, event: type });
  };
  const noted = { ...place, folders };
  const options = { ...place, password, signal, version, onEvent };
  let tried: RecoveredKey;
  try {
    tried = await recoverRootKey(place.store, options);
    worked = { typedAtMs: terminal.now(), t: tried.record.body.t };
  } finally {
    await notePassword(output, noted, worked, { attempts });
  }
  const { reports, ...recovered } = tried;
  const ended = reports.then(async (vaults) => {
    tellTroubles(vaults, answered, output);
    await notePassword(output, noted, {}, { proofs: openProofs(vaults, terminal.now()) });
    return vaults;
  });
  return { ...recovered, ended };
}

/** Of a caller that has no use for the keys. */
export function wipeTried(tried: Pick<TriedPassword, 'owner' | 'secret' | 'proofSeed'>): void {
  wipeAllButProof(tried);
  tried.proofSeed.wipe();
}

/** Of one that goes on with the proof key alone. */
export function wipeAllButProof({ owner, secret }: Pick<TriedPassword, 'owner' | 'secret'>): void {
  for (const unused of [secret, owner.ownerSeed, owner.rootKey]) unused.wipe();
}

/** @throws {HoldfastError} as `chooseRecord`, with words for what to do next. */
function chooseVersion(
  survey: Survey,
  { output }: Invocation,
  minimumT: number,
  isOlder: boolean,
): number {
  const versions = evaluableRecords(survey, minimumT).map(({ record }) => record.frame.version);
  const [newest, older] = versions;
  if (isOlder && older === undefined) {
    throw commandError('password-missing', 'Cannot try an older password: the vaults have none', {
      nextStep: 'Leave --older out.',
    });
  }
  if (!isOlder && newest !== undefined && older !== undefined) {
    output.aside(
      'The password was changed, and the one before still works. This asks for the new one; with --older, the one before is tried',
    );
  }
  try {
    const version = isOlder ? older : newest;
    return chooseRecord(survey, { minimumT, ...(version === undefined ? {} : { version }) }).record
      .frame.version;
  } catch (error) {
    throw explainTry(error);
  }
}

function tellSilent({ vaults }: Survey, { output }: Invocation): void {
  for (const { client, failure } of vaults) {
    if (failure !== null) output.warn(failureText(client.link.name, failure));
  }
}

/** @param answered Identities of vaults that answered the guess, in hex. */
function tellTroubles(
  vaults: readonly VaultReport[],
  answered: ReadonlySet<string>,
  output: Invocation['output'],
): void {
  for (const { name, identity, isLiar, isProved } of vaults) {
    if (isLiar) {
      output.warn(
        `The vault at ${name} answered falsely: it is broken, or lies. The others sufficed; tell its operator, and replace it with "holdfast password change --vault …"`,
      );
    } else if (!isProved && answered.has(identity.toHex())) {
      output.warn(
        `The vault at ${name} has not noted that the guess was right, so it counts as a wrong one there until this device reaches it again: the next "holdfast status" or backup tries`,
      );
    }
  }
}
