/**
 * Entry point of a worker thread: answers the main thread's tasks.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Keyring, sealPack } from '@holdfast/core/backup-format';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import { Secret } from '@holdfast/core/secret';
import { BuffersKnown, type SharedBuffer } from '../../platform/shared-buffers.ts';
import { StreamWriter } from '../../repository/stream-writer.ts';
import { ChunkTasks } from './chunk-tasks.ts';
import type {
  FromWorker,
  StreamRest,
  ToWorker,
  WorkerResult,
  WorkerSetup,
  WorkerTask,
} from './messages.ts';
import { PageTasks, ShrunkError } from './page-tasks.ts';

const port = parentPort;
if (port === null) throw new TypeError('"worker.ts" must run in a worker thread');

const setup = workerData as WorkerSetup;
const keyring = new Keyring(setup.epochKeys.map((key) => new Secret(key)));
const answers = new Map<number, (wanted: Uint8Array) => void>();
const buffers = new BuffersKnown();
const buffersAwaited: ((buffer: SharedBuffer) => void)[] = [];

const say = (message: FromWorker): void => port.postMessage(message);

function ask(id: number, names: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  answers.set(id, resolve);
  say({ type: 'ask', id, names });
  return promise;
}

const writer = new StreamWriter({
  crypto: nodeCrypto,
  stream: setup.stream,
  takeBuffer: () => {
    const { promise, resolve } = Promise.withResolvers<SharedBuffer>();
    buffersAwaited.push(resolve);
    say({ type: 'take-buffer' });
    return promise;
  },
  full: async (draft, buffer) => {
    const ref = await sealPack(nodeCrypto, keyring, draft.k, draft.finish());
    say({ type: 'pack', ref, parts: draft.parts, buffer: buffer.id });
  },
});

const chunkTasks = new ChunkTasks(writer, setup.chunkNameKey);
const pageTasks = new PageTasks(writer, setup.chunkNameKey);

async function perform(id: number, task: WorkerTask): Promise<WorkerResult> {
  switch (task.type) {
    case 'chunks':
      return {
        type: 'chunks',
        pieces: await chunkTasks.run(task.pieces, (names) => ask(id, names)),
      };
    case 'pages': {
      const changed = await pageTasks.run(task, (names) => ask(id, names));
      return { type: 'pages', changed };
    }
    case 'flush':
      await pageTasks.settle();
      return { type: 'flush' };
    case 'finish':
      await pageTasks.settle();
      return { type: 'finish', rest: await takeRest() };
  }
}

async function takeRest(): Promise<StreamRest | null> {
  const filling = await writer.takeFilling();
  return filling === null ? null : { buffer: filling.buffer.id, layout: filling.layout };
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'answer':
      answers.get(message.id)?.(message.wanted);
      answers.delete(message.id);
      break;
    case 'buffer':
      buffersAwaited.shift()?.(buffers.take(message.id, message.memory));
      break;
    case 'task':
      perform(message.id, message.task).then(
        (result) => {
          say({ type: 'done', id: message.id, result, groups: pageTasks.takeStored() });
        },
        (error: NodeJS.ErrnoException) => {
          const isUnreadable = error.syscall === 'read' || error instanceof ShrunkError;
          const failure = { isUnreadable, message: error.message, errno: error.code };
          say({ type: 'failed', id: message.id, failure });
        },
      );
      break;
  }
});
