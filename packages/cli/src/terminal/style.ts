/** Colour and weight, for a terminal that wants them (`NO_COLOR`, `TERM=dumb` switch them off). */
import { styleText } from 'node:util';
import type { OutputStream, Terminal } from './terminal.ts';

export type Style = (
  kind: 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan',
  text: string,
) => string;

export function styleFor(stream: OutputStream, env: Terminal['env']): Style {
  const isPlain = stream.isTTY !== true || Boolean(env.NO_COLOR) || env.TERM === 'dumb';
  return (kind, text) =>
    isPlain || text === '' ? text : styleText(kind, text, { validateStream: false });
}
