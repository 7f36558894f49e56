/** `holdfast ls`: what is in a snapshot. */
import type { Entry } from '@holdfast/client';
import { safeName } from '@holdfast/client/safe-text';
import { HoldfastError } from '@holdfast/core/errors';
import { BACKUP_OPTIONS } from '../arguments/every-option.ts';
import type { Command } from '../command.ts';
import { commandError } from '../command-error.ts';
import { EXIT_PARTIAL } from '../exit-codes.ts';
import { nameFields } from '../output/json-line.ts';
import { openChosenBackup } from '../places/open-backup.ts';
import { formatBytes, formatDate } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';

export const command: Command = {
  name: 'ls',
  summary: 'List files in a snapshot',
  usage: '[latest | NUMBER] [PATH] [--recursive] [--long]',
  description: [
    'Lists what is in a snapshot (the newest, unless one is named), or in a folder of it; paths begin with the name of what was backed up. Names that could mislead a terminal are shown with escapes such as \\n and \\xff. Where the list is damaged, the paths that it leaves open are named, and the exit code is 3.',
  ],
  operands: { least: 0, most: 2 },
  completes: ['latest'],
  options: [
    { name: 'recursive', short: 'r', summary: 'Go into folders' },
    { name: 'long', short: 'l', summary: 'Show permissions, size and date' },
    ...BACKUP_OPTIONS,
  ],
  examples: [
    { line: 'holdfast ls', what: 'The top of the newest snapshot' },
    { line: 'holdfast ls 3 WhatsApp/Media -rl', what: 'All of a folder in snapshot 3' },
  ],

  async run(invocation) {
    const { options, output, signal } = invocation;
    const { selector, path } = readOperands(invocation.operands);
    await using opened = await openChosenBackup(invocation, { onDamage: 'read-older' });
    const client = await import('@holdfast/client/snapshots');
    const snapshot = await client.findSnapshot(opened.backup, selector, { signal });
    const isLong = options.has('long');
    let isWhole = true;
    const entries = client.listEntries(opened.backup, snapshot, {
      ...(path === undefined ? {} : { path }),
      recursive: options.has('recursive'),
      signal,
      onEvent: (event) => {
        isWhole = false;
        output.event(event);
      },
    });
    let count = 0;
    try {
      for await (const entry of entries) {
        count++;
        output.json({ type: 'entry', ...entryFields(entry) });
        output.result(isLong ? formatLong(entry, output.style) : formatName(entry, output.style));
      }
    } catch (error) {
      throw explainPattern(error, path);
    }
    output.summary({ snapshot: snapshot.number, entries: count });
    return isWhole ? 0 : EXIT_PARTIAL;
  },
};

/** A first operand that is `latest` or a number names the snapshot; anything else is a path. */
function readOperands(operands: readonly string[]): { selector: string; path: string | undefined } {
  const [first = 'latest', second] = operands;
  if (operands.length < 2 && !/^(latest|\d+)$/.test(first))
    return { selector: 'latest', path: first };
  return { selector: first, path: second };
}

/** Says of a path that looks like a pattern that it is taken as it stands. */
function explainPattern(error: unknown, path = ''): unknown {
  const isMissing = error instanceof HoldfastError && error.code === 'path-missing';
  if (!isMissing || !/[*?]/.test(path)) return error;
  return commandError(error.code, error.message, {
    cause: error,
    nextStep:
      'A path is taken as it stands, not as a pattern; --recursive lists all below a folder.',
  });
}

export function entryFields(entry: Entry): Record<string, unknown> {
  const { path, kind, bytes, mode, mtimeNs, uid, gid, linkTarget } = entry;
  return {
    ...nameFields(path),
    kind,
    bytes,
    mode,
    mtimeNs: String(mtimeNs),
    uid,
    gid,
    ...(linkTarget ? { linkTarget: nameFields(linkTarget).path } : {}),
  };
}

function formatName(entry: Entry, style: Style): string {
  const name = safeName(entry.path);
  if (entry.kind === 'folder') return style('cyan', `${name}/`);
  return entry.linkTarget ? `${name} -> ${safeName(entry.linkTarget)}` : name;
}

const KIND_LETTERS: Readonly<Record<string, string>> = { folder: 'd', link: 'l' };

function formatLong(entry: Entry, style: Style): string {
  const permissions = ['r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x']
    .map((letter, index) => (entry.mode & (0o400 >> index) ? letter : '-'))
    .join('');
  const size = entry.kind === 'folder' || entry.kind === 'link' ? '' : formatBytes(entry.bytes);
  const date = formatDate(Number(entry.mtimeNs / 1_000_000n));
  const kind = KIND_LETTERS[entry.kind] ?? '-';
  return `${kind}${permissions}  ${size.padStart(8)}  ${date}  ${formatName(entry, style)}`;
}
