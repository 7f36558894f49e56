/** The thread that waits for the disk, so that the server need not: takes one list of writes at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { HoldfastError } from '@holdfast/core/errors';
import type { FromThread, ToThread } from './group-commit.ts';

/** The one connection that writes. */
export interface DatabaseWriter<Write, Written> {
  /** Makes all that can be made, in one transaction, durable when it returns. */
  write(writes: readonly Write[]): Written[];
  close(): void;
}

/**
 * To be called by the module that `GroupCommit.open` starts.
 *
 * @param open Takes the path of the file.
 * @param unpack Of what `GroupCommit` was told to pack, one after the other.
 */
export function runWriter<Write, Written>(
  open: (path: string) => DatabaseWriter<Write, Written>,
  unpack: (packed: Uint8Array) => readonly Write[] = unknownPacking,
): void {
  const answer = (message: FromThread<Written>): void => parentPort?.postMessage(message);
  let writer: DatabaseWriter<Write, Written>;
  try {
    writer = open(workerData as string);
  } catch (error) {
    answer(described(error));
    parentPort?.close();
    return;
  }
  answer({ kind: 'opened' });
  parentPort?.on('message', (message: ToThread<Write>) => {
    try {
      if (message === 'close') {
        writer.close();
        parentPort?.close();
      } else {
        const writes = message instanceof Uint8Array ? unpack(message) : message;
        answer({ kind: 'written', written: writer.write(writes) });
      }
    } catch (error) {
      answer(described(error));
    }
  });
}

function unknownPacking(): never {
  throw new TypeError('"unpack" must be there where writes are packed');
}

/** Errors lose their fields on the way between threads. */
function described(error: unknown): FromThread<never> {
  const { errcode, message, stack } = error as Error & { errcode?: number };
  const code = error instanceof HoldfastError ? error.code : undefined;
  return { kind: 'failed', errcode, code, message, stack };
}
