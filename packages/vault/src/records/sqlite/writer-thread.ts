// The thread that waits for the disk, so that the vault need not: takes one list of writes at a time.

import { parentPort, workerData } from 'node:worker_threads';
import { HoldfastError } from '@holdfast/core/errors';
import type { FromThread, ToThread } from './group-commit.ts';
import { SqliteWriter } from './writer.ts';

const answer = (message: FromThread): void => parentPort?.postMessage(message);

/** Errors lose their fields on the way between threads. */
function described(error: unknown): FromThread {
  const { errcode, message, stack } = error as Error & { errcode?: number };
  const code = error instanceof HoldfastError ? error.code : undefined;
  return { kind: 'failed', errcode, code, message, stack };
}

function open(): SqliteWriter | null {
  try {
    const writer = new SqliteWriter(workerData as string);
    answer({ kind: 'opened' });
    return writer;
  } catch (error) {
    answer(described(error));
    return null;
  }
}

const writer = open();
if (writer === null) parentPort?.close();
parentPort?.on('message', (message: ToThread) => {
  try {
    if (message === 'close') {
      writer?.close();
      parentPort?.close();
    } else {
      answer({ kind: 'written', written: writer?.write(message) ?? [] });
    }
  } catch (error) {
    answer(described(error));
  }
});
