/** `holdfast check`: is what is stored complete, and does it decrypt? */
import type { Finding } from '@holdfast/client';
import { safeAgain } from '@holdfast/client/safe-text';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { usageError } from '../command-error.ts';
import { EXIT_DAMAGED } from '../exit-codes.ts';
import type { Output } from '../output/output.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { countOf, formatBytes } from '../terminal/quantities.ts';

export const command: Command = {
  name: 'check',
  summary: 'Check that the backup is complete and decrypts',
  usage: '[--read-data none | all | N%]',
  description: [
    'Checks that everything the snapshots need is in the store. With --read-data, also fetches and decrypts all of it, or a random share: only that proves that it can be restored. Damage is named with the files it affects, and the exit code is 13.',
  ],
  operands: { least: 0, most: 0 },
  options: [
    {
      name: 'read-data',
      value: 'HOW',
      choices: ['none', 'all', '10%'],
      summary: 'Decrypt nothing (default), all, or a share such as 5%',
    },
    ...BACKUP_OPTIONS,
  ],
  examples: [
    { line: 'holdfast check', what: 'Is everything there?' },
    { line: 'holdfast check --read-data 5%', what: 'Also decrypt a twentieth of it' },
  ],

  async run(invocation) {
    const { options, output, signal } = invocation;
    const readData = readShare(options.text('read-data') ?? 'none');
    await using opened = await openChosenBackup(invocation, { onDamage: 'check' });
    const client = await import('@holdfast/client');
    const summary = await client.check(opened.backup, { readData, signal, onEvent: output.event });
    output.endProgress();
    for (const finding of summary.findings) tellFinding(finding, output);
    const count = (of: Finding['severity']): number =>
      summary.findings.filter(({ severity }) => severity === of).length;
    const damages = count('damage');
    const { objects, packs, packsRead, bytesRead } = summary;
    output.report([
      damages === 0 ? 'No damage found' : `Damage found in ${countOf(damages, 'place')}`,
      `  Checked    ${countOf(objects, 'object')}, ${countOf(summary.snapshots, 'snapshot')}`,
      `  Decrypted  ${describeRead(packsRead, packs, bytesRead)}`,
    ]);
    if (damages === 0 && packs > 0 && packsRead === 0) {
      output.aside(
        'Everything is there. Whether it also decrypts, "holdfast check --read-data all" tells; "--read-data 10%" tries a random tenth',
      );
    }
    for (const finding of summary.findings) output.json({ type: 'finding', ...finding });
    const { findings: _, ...facts } = summary;
    output.summary({ ...facts, damages, warnings: count('warning') });
    return damages > 0 ? EXIT_DAMAGED : 0;
  },
};

function tellFinding({ severity, what, affects, remedy }: Finding, output: Output): void {
  const [label, colour] = LABELS[severity];
  output.prose(`${output.style(colour, label)} ${safeAgain(what)}`, '  ');
  for (const [index, path] of affects.entries()) {
    output.result(`  ${index === 0 ? 'affects' : '       '}  ${safeAgain(path)}`);
  }
  output.prose(`  ${output.advise(safeAgain(remedy))}`, '  ');
}

const LABELS = {
  damage: ['Damage:', 'red'],
  warning: ['Warning:', 'yellow'],
  note: ['Note:', 'dim'],
} as const;

function describeRead(packsRead: number, packs: number, bytesRead: number): string {
  if (packsRead === 0) return 'nothing';
  const share = packsRead === packs ? 'all' : `${packsRead} of ${countOf(packs, 'pack')}`;
  return `${share}, ${formatBytes(bytesRead)}`;
}

function readShare(text: string): 'none' | 'all' | number {
  if (text === 'none' || text === 'all') return text;
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  const percent = Number(match?.[1]);
  if (percent > 0 && percent <= 100) return percent / 100;
  throw usageError(
    'Cannot check: --read-data takes none, all, or a share such as 10%',
    'A share is more than 0% and at most 100%.',
  );
}
