/** rclone crypt over a local folder: encryption only, without dedup, compression or versions. */

import { basename, join } from 'node:path';
import { type Command, firstLineOf, type Place, type Tool } from './tool.ts';

export const rclone: Tool = {
  name: 'rclone crypt',
  settings: 'sync to a crypt remote over a folder',
  compresses: false,
  version: () => firstLineOf(['rclone', 'version'])?.match(/^rclone v?(\S+)/)?.[1] ?? null,
  init: (place) => [run(place, 'mkdir', 'bench:')],
  backup: (place) => run(place, 'sync', '--create-empty-src-dirs', place.source, 'bench:'),
  restore: (place, _label, to) =>
    run(place, 'copy', '--create-empty-src-dirs', 'bench:', join(to, basename(place.source))),
  check: (place) => run(place, 'cryptcheck', place.source, 'bench:'),
  restoreOne: (place, _label, path, to) =>
    run(place, 'copyto', `bench:${path}`, join(to, basename(path))),
};

function run(place: Place, ...args: string[]): Command {
  return {
    argv: ['rclone', ...args],
    env: {
      RCLONE_CONFIG: join(place.kept, 'none.conf'),
      RCLONE_CACHE_DIR: place.home,
      RCLONE_CONFIG_BENCH_TYPE: 'crypt',
      RCLONE_CONFIG_BENCH_REMOTE: place.repository,
      RCLONE_CONFIG_BENCH_PASSWORD: password(),
    },
  };
}

let obscured: string | null = null;

/** rclone takes passwords only in its own reversible disguise. */
function password(): string {
  obscured ??= firstLineOf(['rclone', 'obscure', 'bench']);
  if (obscured === null) throw new Error('Cannot prepare rclone: "rclone obscure" fails');
  return obscured;
}
