/** restic with its default compression, into a local folder. */

import { basename, dirname, join } from 'node:path';
import { type Command, firstLineOf, type Place, type Tool } from './tool.ts';

export const restic: Tool = {
  name: 'restic',
  settings: '--compression auto',
  compresses: true,
  version: () => firstLineOf(['restic', 'version'])?.match(/^restic (\S+)/)?.[1] ?? null,
  init: (place) => [run(place, 'init')],
  backup: (place) => run(place, 'backup', '--compression', 'auto', place.source),
  restore: (place, _label, to) =>
    run(place, 'restore', `latest:${dirname(place.source)}`, '--target', to),
  check: (place) => run(place, 'check', '--read-data'),
  restoreOne(place, _label, path, to) {
    const folder = dirname(join(place.source, path));
    return run(
      place,
      'restore',
      `latest:${folder}`,
      '--include',
      `/${basename(path)}`,
      '--target',
      to,
    );
  },
};

function run(place: Place, ...args: string[]): Command {
  return {
    argv: ['restic', ...args],
    env: {
      RESTIC_REPOSITORY: place.repository,
      RESTIC_PASSWORD: 'bench',
      RESTIC_CACHE_DIR: place.home,
    },
  };
}
