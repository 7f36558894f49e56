/** `holdfast version`. */
import manifest from '../../package.json' with { type: 'json' };
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'version',
  summary: 'Show the version',
  usage: '',
  description: ['Shows the version of this program and of the Node.js that runs it.'],
  operands: { least: 0, most: 0 },
  options: [],
  examples: [],

  async run({ output }) {
    output.result(`holdfast ${manifest.version} (Node.js ${process.versions.node})`);
    output.summary({ version: manifest.version, node: process.versions.node });
    return 0;
  },
};
