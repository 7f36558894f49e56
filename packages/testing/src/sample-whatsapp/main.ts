// Command line of the sample generator, for benchmarks and people:
//   node main.ts make FOLDER [--messages N] [--media-files N] [--media-bytes N] [--seed N]
//   node main.ts day FOLDER [--messages N] [--edited FRACTION] [--media-files N] … [--leave-wal]
// Prints the report as JSON.

import { parseArgs } from 'node:util';
import { addDay } from './add-day.ts';
import { generateSample } from './generate-sample.ts';

const USAGE = `Usage: main.ts make|day FOLDER [--messages N] [--media-files N] [--media-bytes N]
         [--seed N] [--edited FRACTION] [--leave-wal]`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: 'string', default: '1000' },
    'media-files': { type: 'string', default: '0' },
    'media-bytes': { type: 'string' },
    seed: { type: 'string', default: '1' },
    edited: { type: 'string', default: '0' },
    'leave-wal': { type: 'boolean', default: false },
  },
});
const [action, folder] = positionals;

function readNumber(name: string, text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0))
    throw new RangeError(`"--${name}" must be a number: got ${text}`);
  return value;
}

const messages = readNumber('messages', values.messages);
const mediaFiles = readNumber('media-files', values['media-files']);
const mediaBytes = readNumber('media-bytes', values['media-bytes'] ?? String(mediaFiles * 150_000));
const seed = readNumber('seed', values.seed);
const startedMs = performance.now();
let report: object | undefined;
if (action === 'make' && folder !== undefined) {
  report = generateSample(folder, { messages, mediaFiles, mediaBytes, seed });
} else if (action === 'day' && folder !== undefined) {
  const editedFraction = readNumber('edited', values.edited);
  const day = { newMessages: messages, editedFraction, mediaFiles, mediaBytes, seed };
  report = addDay(folder, { ...day, leaveWal: values['leave-wal'] });
}
if (report === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1));
  console.log(JSON.stringify({ ...report, seconds }, null, 2));
}
