/**
 * borg twice: with its fastest compression, and with fixed 4 KiB chunks, which add the fewest bytes.
 *
 * `repokey` names chunks by HMAC-SHA256, which processors with SHA instructions do faster than BLAKE2b.
 */

import { basename, dirname, join } from 'node:path';
import { type Command, firstLineOf, type Place, type Tool } from './tool.ts';

export const borgFast: Tool = borg('borg zstd,1', ['--compression', 'zstd,1']);

export const borgFixed: Tool = borg('borg 4 KiB', [
  '--chunker-params',
  'fixed,4096',
  '--compression',
  'zstd,3',
]);

function borg(name: string, options: readonly string[]): Tool {
  return {
    name,
    settings: `${options.join(' ')}, repokey (HMAC-SHA256)`,
    compresses: true,
    version: () => firstLineOf(['borg', '--version'])?.match(/^borg (\S+)/)?.[1] ?? null,
    init: (place) => [run(place, 'init', '--encryption', 'repokey')],
    backup: (place, label) =>
      run(place, 'create', ...options, `::${label}`, basename(place.source)),
    restore: (place, label, to) => ({ ...run(place, 'extract', `::${label}`), cwd: to }),
    check: (place) => run(place, 'check', '--verify-data'),
    restoreOne: (place, label, path, to) => ({
      ...run(place, 'extract', `::${label}`, join(basename(place.source), path)),
      cwd: to,
    }),
  };
}

function run(place: Place, ...args: string[]): Command {
  return {
    argv: ['borg', ...args],
    cwd: dirname(place.source),
    env: {
      BORG_REPO: place.repository,
      BORG_PASSPHRASE: 'bench',
      BORG_BASE_DIR: place.home,
      BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
    },
  };
}
