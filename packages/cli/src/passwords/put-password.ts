/** Sets a password, and proves that it works by recovering with it once (spec/vault-protocol.md §12.1). */
import { HoldfastError } from '@holdfast/core/errors';
import type { Secret } from '@holdfast/core/secret';
import type {
  CommittedVault,
  ReplacedPassword,
  SetPassword,
  VaultReport,
} from '@holdfast/core/vault-protocol';
import type { Invocation } from '../command.ts';
import { commandError } from '../command-error.ts';
import { recallPassword } from '../places/password-memory.ts';
import { formatDuration } from '../terminal/quantities.ts';
import { tellNewVaults } from '../witnesses/tell-vaults.ts';
import type { ChosenVaults } from './choose-vaults.ts';
import { failureText } from './failure-text.ts';
import { NEED_EACH } from './need-each.ts';
import { notePassword } from './note-password.ts';
import type { PasswordPlace } from './password-place.ts';
import { tryOnce, wipeTried } from './try-password.ts';
import { waitForLate } from './wait-for-late.ts';

export interface PutOptions extends ChosenVaults {
  readonly password: string;
  readonly accountCode: Secret;
  readonly replaced: ReplacedPassword | null;
  /** Called before the first thing that counts. */
  onCommitting(): void;
}

export interface PutPassword {
  readonly set: SetPassword;
  /** What the vaults did when it brought the key back; null when it is not in force yet. */
  readonly reports: readonly VaultReport[] | null;
}

export async function putPassword(
  invocation: Invocation,
  place: PasswordPlace,
  options: PutOptions,
): Promise<PutPassword> {
  const { output, signal } = invocation;
  const { setNewPassword } = await import('@holdfast/client/passwords');
  const { password, accountCode, t, vaults } = options;
  const { store, rootKey } = place;
  output.aside(`Setting the password at ${vaults.map(({ url }) => url).join(', ')}`);
  const set = await setNewPassword(store, { ...options, rootKey, signal }).catch(explain);
  await noteThreshold(invocation, place, t, set);
  signal.throwIfAborted();
  await tellNewVaults(invocation, place, vaults);
  for (const { name, state, failure } of set.vaults) {
    if (state === 'undelivered') {
      output.warn(`${failureText(name, failure)}: what it lacks is brought to it by the next run`);
    }
  }
  const inForce = set.vaults.filter(({ state }) => state === 'live').length;
  if (inForce < t) return { set, reports: null };
  output.aside('Recovering once with it, to see that it works');
  try {
    const trying = { ...place, vaults, accountCode, minimumT: t };
    const tried = await tryOnce(invocation, trying, password, set.version);
    wipeTried(tried);
    const reports = await waitForLate(invocation, tried.ended);
    signal.throwIfAborted();
    return { set, reports };
  } catch (cause) {
    signal.throwIfAborted();
    throw commandError(
      'vaults-unreachable',
      'Cannot say that the password works: it is set, but recovering with it failed',
      { cause, nextStep: 'Keep the sheet, and try it with "holdfast password check".' },
    );
  }
}

/** A vault that does not answer before anything counts. */
function explain(error: unknown): never {
  if (!(error instanceof HoldfastError) || error.code !== 'vaults-unreachable') throw error;
  throw commandError(error.code, error.message, { cause: error, nextStep: NEED_EACH });
}

/** While the old password still works, also its threshold has to do. */
async function noteThreshold(
  { output }: Invocation,
  place: PasswordPlace,
  t: number,
  { vaults }: SetPassword,
): Promise<void> {
  const before = await recallPassword(place.folders, place.backupId);
  const isWaiting = vaults.some(({ state }) => state === 'pending');
  await notePassword(output, place, { t: isWaiting ? Math.min(before.t, t) : t });
}

/** When the password comes into force, where it waits; null where it is. */
export function waitText(vaults: readonly CommittedVault[]): string | null {
  const dueInMs = Math.max(...vaults.map((vault) => vault.dueInMs));
  return dueInMs === 0 ? null : formatDuration(dueInMs);
}

/** For `--json`. */
export function vaultFacts({ vaults }: SetPassword): readonly Record<string, unknown>[] {
  return vaults.map(({ name, state, dueInMs }) => ({ url: name, state, dueInMs }));
}
