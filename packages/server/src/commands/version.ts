/** `holdfast-server version`. */
import manifest from '../../package.json' with { type: 'json' };
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'version',
  summary: 'Show the version',
  description: ['Shows the version of this program and of the Node.js that runs it.'],
  options: [],
  examples: [],

  async run({ say }) {
    say(`holdfast-server ${manifest.version} (Node.js ${process.versions.node})`);
    return 0;
  },
};
