/**
 * Gives memory back at once that short-lived buffers hold.
 *
 * Every call of the crypto and zlib modules answers with a new buffer. V8 counts their few bytes of
 * heap and lets a hundred megabytes of dead ones pile up per thread before it looks; collecting the
 * young generation after each pack takes a millisecond and keeps memory at a few packs.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'minor' }) => void;

setFlagsFromString('--expose-gc');
const collect: Collect = runInNewContext('gc');

export function collectYoung(): void {
  collect({ type: 'minor' });
}
