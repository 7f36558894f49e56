/**
 * Group commit: what arrives while one transaction is being made durable is gathered into the next.
 *
 * One sync of the disk serves as many commits as callers have under way, and nobody waits for more
 * than two.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ByteWriter } from '@holdfast/core/bytes';
import { type ErrorCode, HoldfastError } from '@holdfast/core/errors';
import { type DatabaseOwner, isDiskError, sqliteError } from './sqlite-error.ts';

/** Bounds how long one transaction takes. */
const WRITES_AT_ONCE = 256;

/** Packed where the writes have a form of their own for that. */
export type ToThread<Write> = readonly Write[] | Uint8Array<ArrayBuffer> | 'close';

export type FromThread<Written> =
  | { readonly kind: 'opened' }
  | { readonly kind: 'written'; readonly written: readonly Written[] }
  | {
      readonly kind: 'failed';
      /** Of SQLite. */
      readonly errcode: number | undefined;
      /** Of Holdfast. */
      readonly code: ErrorCode | undefined;
      readonly message: string;
      readonly stack: string | undefined;
    };

/** Where a database is, and who writes to it. */
export interface GroupCommitOptions<Write> {
  readonly owner: DatabaseOwner;
  /** Of the file. */
  readonly path: string;
  /** Of a module that calls `runWriter`. */
  readonly thread: URL;
  /**
   * Writes a write, with copies of all its bytes, for the thread to read. Without it they are cloned, which
   * costs an allocation for each of their arrays on either side.
   */
  readonly pack?: (writer: ByteWriter, write: Write) => void;
}

/** What becomes one transaction. */
interface Group<Write, Written> {
  readonly writes: Write[];
  readonly packed: ByteWriter;
  readonly callers: Caller<Written>[];
}

interface Caller<Written> {
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/** `Write` and `Written` cross to the thread and back: plain values and bytes. */
export class GroupCommit<Write, Written> {
  readonly #owner: DatabaseOwner;
  readonly #pack: GroupCommitOptions<Write>['pack'];
  readonly #thread: Worker;
  readonly #hasExited: Promise<unknown>;
  readonly #waiting: Group<Write, Written>[] = [];
  /** Who waits for what the thread is at work on. */
  #underWay: readonly Caller<Written>[] = [];
  #isFlushDue = false;
  /** Set for good when nobody knows any more what is on the disk: opening it anew finds out. */
  #failure: HoldfastError | null = null;
  #whenIdle: PromiseWithResolvers<void> | null = null;

  /** Opens the database in a thread of its own. */
  static async open<Write, Written>(
    options: GroupCommitOptions<Write>,
  ): Promise<GroupCommit<Write, Written>> {
    const { owner, path, thread: url, pack } = options;
    const thread = new Worker(url, { workerData: path });
    const [answer] = (await once(thread, 'message')) as [FromThread<Written>];
    if (answer.kind === 'opened') return new GroupCommit(owner, thread, pack);
    await thread.terminate();
    throw thrown(owner, 'open', answer);
  }

  constructor(owner: DatabaseOwner, thread: Worker, pack: GroupCommitOptions<Write>['pack']) {
    this.#owner = owner;
    this.#pack = pack;
    this.#thread = thread;
    this.#hasExited = once(thread, 'exit');
    thread.on('message', (answer: FromThread<Written>) => this.#onAnswer(answer));
    thread.on('error', (error) => this.#onThreadError(error));
    thread.unref();
  }

  /** Resolves once the write is durable, or refused. */
  write(write: Write): Promise<Written> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<Written>();
    const { writes, packed, callers } = this.#openGroup();
    if (this.#pack === undefined) writes.push(write);
    else this.#pack(packed, write);
    callers.push({ resolve, reject });
    this.#flushSoon();
    return promise;
  }

  #openGroup(): Group<Write, Written> {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.callers.length < WRITES_AT_ONCE) return last;
    const group = { writes: [], packed: new ByteWriter(), callers: [] };
    this.#waiting.push(group);
    return group;
  }

  /** Ends when all that was asked for is done. */
  async close(): Promise<void> {
    if (this.#waiting.length + this.#underWay.length > 0) {
      this.#whenIdle = Promise.withResolvers();
      await this.#whenIdle.promise;
    }
    this.#thread.ref();
    this.#thread.postMessage('close' satisfies ToThread<Write>);
    await this.#hasExited;
  }

  /** In the next turn of the event loop, so that all who ask in this one share a transaction. */
  #flushSoon(): void {
    if (this.#isFlushDue || this.#underWay.length > 0) return;
    this.#isFlushDue = true;
    setImmediate(() => {
      this.#isFlushDue = false;
      const group = this.#waiting.shift();
      if (group === undefined) return;
      this.#underWay = group.callers;
      this.#thread.ref();
      this.#post(group);
    });
  }

  #post({ writes, packed }: Group<Write, Written>): void {
    if (this.#pack === undefined) {
      this.#thread.postMessage(writes satisfies ToThread<Write>);
      return;
    }
    const message = packed.finish() satisfies ToThread<Write>;
    this.#thread.postMessage(message, [message.buffer]);
  }

  #onAnswer(answer: FromThread<Written>): void {
    const answered = this.#underWay;
    this.#underWay = [];
    if (answer.kind === 'written') {
      for (const [i, { resolve }] of answered.entries()) resolve(answer.written[i] as Written);
    } else {
      const error = thrown(this.#owner, 'commit', answer);
      for (const { reject } of answered) reject(error);
      if (answer.kind === 'failed' && isDiskError(answer.errcode)) this.#refuseAll(error);
    }
    this.#goOn();
  }

  /** The thread is gone, and with it what it was at work on. */
  #onThreadError(cause: unknown): void {
    const message = `Cannot commit to the ${this.#owner}'s database: its thread failed before it answered`;
    const error = new HoldfastError('outcome-unknown', message, { cause });
    for (const { reject } of this.#underWay) reject(error);
    this.#underWay = [];
    this.#refuseAll(error);
    this.#goOn();
  }

  #refuseAll(cause: HoldfastError): void {
    const message = `Cannot commit to the ${this.#owner}'s database: it failed before. Start the ${this.#owner} anew`;
    this.#failure = new HoldfastError('store-unreachable', message, { cause });
    for (const { callers } of this.#waiting.splice(0)) {
      for (const { reject } of callers) reject(this.#failure);
    }
  }

  #goOn(): void {
    if (this.#waiting.length > 0) {
      this.#flushSoon();
      return;
    }
    this.#thread.unref();
    this.#whenIdle?.resolve();
  }
}

function thrown(
  owner: DatabaseOwner,
  action: 'commit' | 'open',
  answer: FromThread<unknown>,
): HoldfastError {
  if (answer.kind !== 'failed') throw new TypeError(`"${answer.kind}" is no error`);
  const { code, errcode, message, stack } = answer;
  const cause = Object.assign(new Error(message), { stack });
  if (code !== undefined) return new HoldfastError(code, message, { cause });
  return sqliteError(owner, action, Object.assign(cause, { errcode }));
}
