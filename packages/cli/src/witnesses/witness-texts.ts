/** What is to be said of vaults as witnesses, in words. */
import type { AskedWitness, Witness, WitnessedHead } from '@holdfast/core/vault-protocol';
import { failureText } from '../passwords/failure-text.ts';
import { countOf, formatDate } from '../terminal/quantities.ts';

/** What nobody should miss, but for a newer state that a vault holds. */
export function warningTexts(witnesses: readonly AskedWitness[]): readonly string[] {
  return witnesses.flatMap((witness) => [
    ...(witness.standing === 'broken' ? [brokenText(witness)] : []),
    ...(witness.standing === 'held-up' ? [heldUpText(witness)] : []),
    ...(witness.isLogGood ? [] : [lostText(witness)]),
  ]);
}

/** Why one has not taken the newest state. */
export function untakenTexts(witness: Witness): readonly string[] {
  return [
    ...(witness.standing === 'broken' ? [brokenText(witness)] : []),
    ...(witness.standing === 'held-up' ? [heldUpText(witness)] : []),
    ...(witness.standing === 'elsewhere' ? [elsewhereText(witness)] : []),
  ];
}

function brokenText({ client, status, failure }: Witness): string {
  const { name } = client.link;
  if (status === null) return failureText(name, failure);
  return `The vault at ${name} names a state of the backup that it can not show: it lies, or is broken`;
}

/** It goes on with the key of before. */
function heldUpText({ client: { link }, failure }: Witness): string {
  const end = `"holdfast password remove --vault ${link.name}", with --forgotten where nobody knows it`;
  return `${failureText(link.name, failure)}: ${end}`;
}

function lostText({ client: { link }, standing }: Witness): string {
  if (standing !== 'unknown') return lostLogText(link.name);
  return `The vault at ${link.name} says that it does not know this backup, as it did before: it was set up anew, or the key was changed, and the store does not show it`;
}

export function lostLogText(url: string): string {
  return `The log of the vault at ${url} does not contain what was seen of it before: it was set up again from an older copy, or changed`;
}

function elsewhereText({ client, status }: Witness): string {
  const number = status?.head?.number;
  return `The vault at ${client.link.name} holds state ${number}, which the store does not show`;
}

/** Those that remember heads of this backup, or may. */
export function witnessesAmong(witnesses: readonly Witness[]): readonly Witness[] {
  return witnesses.filter(({ standing }) => standing !== 'unknown');
}

/** What is said when no vault could be asked. */
export const UNCONFIRMED = 'No vault could say whether this is the newest state';

/** Those that said which state is the newest that they know. */
export function answersAmong<Asked extends Witness>(witnesses: readonly Asked[]): readonly Asked[] {
  return witnesses.filter(({ standing }) => ['newest', 'behind', 'elsewhere'].includes(standing));
}

/** How many hold the newest state of the store. */
export function holdersAmong(witnesses: readonly Witness[]): number {
  return witnesses.filter(({ standing }) => standing === 'newest').length;
}

/** A line for a status. @param needed So many have to hold it. */
export function describeWitnesses(all: readonly Witness[], needed: number): string {
  const witnesses = witnessesAmong(all);
  const held = holdersAmong(witnesses);
  const label = 'Witnessed    ';
  if (witnesses.length === 0) return `${label}by no vault: "holdfast vault witness" begins it`;
  const by = `by ${held} of ${countOf(witnesses.length, 'vault')}`;
  return held >= needed ? label + by : `${label}not yet, ${by}: ${needed} needed`;
}

/**
 * What lags, and since when.
 *
 * @param timeOf When a head was written; null when nobody knows.
 */
export async function lagTexts(
  witnesses: readonly Witness[],
  newest: number,
  timeOf: (head: WitnessedHead) => Promise<number | null>,
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { client, standing, status } of witnesses) {
    const vault = `The vault at ${client.link.name} holds`;
    if (standing === 'empty') texts.push(`${vault} no state yet: the next backup shows it one`);
    if (standing === 'displaced') {
      texts.push(`${vault} a state that was put aside: the next backup mends it`);
    }
    if (standing !== 'behind' || !status?.head) continue;
    const atMs = await timeOf(status.head);
    const when = atMs === null ? '' : `, written on ${formatDate(atMs)}`;
    const lag = `state ${status.head.number} of ${newest}${when}`;
    texts.push(`${vault} ${lag}: the next backup brings it up to date`);
  }
  return texts;
}

/** For `--json`; nothing on a device that trusts no vault. */
export function witnessFacts(witnesses: readonly Witness[]): Readonly<Record<string, unknown>> {
  if (witnesses.length === 0) return {};
  return {
    witnesses: witnesses.map(({ client, standing, status }) => {
      return { url: client.link.name, standing, state: status?.head?.number };
    }),
  };
}
