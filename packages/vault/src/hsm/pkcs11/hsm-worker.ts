/** Entry point of a thread that waits for the token: takes one call at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { HoldfastError } from '@holdfast/core/errors';
import { Secret } from '@holdfast/core/secret';
import type { ThreadAnswer, ThreadCall, ThreadSetup } from './hsm-messages.ts';
import { TokenHsm } from './token-hsm.ts';

const port = parentPort;
if (port === null) throw new TypeError('"hsm-worker.ts" must run in a worker thread');

const { place, pin } = workerData as ThreadSetup;
const hsm = new TokenHsm(place, new Secret(pin));

async function answer({ method, args }: ThreadCall): Promise<ThreadAnswer> {
  try {
    const call = hsm[method] as (...args: unknown[]) => unknown;
    return { result: await call.apply(hsm, [...args]) };
  } catch (error) {
    if (error instanceof HoldfastError) {
      return { code: error.code, message: error.message, isPinRefused: hsm.isPinRefused };
    }
    if (error instanceof RangeError) return { outOfRange: error.message };
    throw error;
  }
}

port.on('message', async (call: ThreadCall) => port.postMessage(await answer(call)));
