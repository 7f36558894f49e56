import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  assertSameTree,
  type FolderTree,
  readTree,
  type TreeEntry,
} from '../fixture/folder-tree.ts';
import { makeLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';

const numRuns = process.env.SLOW === '1' ? 150 : 8;

const name = fc.constantFrom('a', 'b', 'a ', 'a.db', 'a.db-wal', '-', '.hidden', 'é', 'A');
const names = fc.array(name, { minLength: 1, maxLength: 3 });
const content = fc.record({
  bytes: fc.constantFrom(0, 1, 511, 512, 4096, 65_536, 1_048_576, 1_048_577, 2_500_000),
  seed: fc.integer({ min: 0, max: 5 }),
  isZero: fc.boolean(),
});
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('file' as const), names, content }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('folder' as const), names }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('link' as const), names }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('database' as const), names }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), names }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('touch' as const),
      names,
      mode: fc.constantFrom(0o600, 0o755, 0o700, 0o4711),
      seconds: fc.integer({ min: -1000, max: 2_000_000_000 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 3,
});

const SET_USER_ID: Step[] = [
  { kind: 'file', names: ['a'], content: { bytes: 1, seed: 0, isZero: false } },
  { kind: 'touch', names: ['a'], mode: 0o4711, seconds: 1 },
];

/** Does one step; what can't be done in the tree as it is, is left. */
function take(own: TemporaryBackup, one: Step): void {
  const path = own.path(...one.names);
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (one.kind !== 'folder' && one.kind !== 'touch') {
      rmSync(path, { recursive: true, force: true });
    }
    switch (one.kind) {
      case 'file': {
        const { bytes, seed, isZero } = one.content;
        writeFileSync(path, isZero ? Buffer.alloc(bytes) : randomBytes(bytes, seed));
        break;
      }
      case 'folder':
        mkdirSync(path);
        break;
      case 'link':
        symlinkSync(`../${one.names.join('/')}`, path);
        break;
      case 'database':
        makeLedger(path, { rows: 20 });
        break;
      case 'touch':
        if (!existsSync(path)) return;
        chmodSync(path, one.mode);
        lutimesSync(path, String(one.seconds), String(one.seconds));
        break;
      case 'remove':
        break;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

test('any tree of files, changed and backed up again and again, restores to every state', async (t) => {
  const own = await temporaryBackup(t);
  await fc.assert(
    fc.asyncProperty(rounds, async (all) => {
      rmSync(own.source, { recursive: true });
      mkdirSync(own.source);
      const states = new Map<number, FolderTree>();
      for (const steps of all) {
        for (const one of steps) take(own, one);
        const state = await readTree(own.source);
        const { snapshot, unreadable } = await own.backUp();
        assert.equal(unreadable, 0);
        states.set(snapshot as number, state);
      }
      for (const [snapshot, state] of states) {
        const { to, failed } = await own.restore({ snapshot: String(snapshot), privileged: true });
        assert.deepEqual(failed, []);
        assertSameTree(await readTree(join(to, 'source')), withoutSideFiles(state));
        rmSync(to, { recursive: true });
      }
    }),
    { numRuns, examples: [[[SET_USER_ID]]] },
  );
});

/** Beside a database, a file of zeros with the name of its log is taken for a log, and not stored. */
function withoutSideFiles(state: FolderTree): FolderTree {
  const isBeside = (path: string): boolean =>
    path.endsWith('-wal') && state.get(path.slice(0, -'-wal'.length))?.isDatabase === true;
  const isLog = (path: string, { kind, content }: TreeEntry): boolean =>
    kind === 'file' && isZeros(content) && isBeside(path);
  return new Map([...state].filter(([path, entry]) => !isLog(path, entry)));
}

/** @param content Length and SHA-256, as `readTree` gives them. */
function isZeros(content: string): boolean {
  const [bytes, hash] = content.split(' ');
  const zeros = Buffer.alloc(Number(bytes));
  return hash === createHash('sha256').update(zeros).digest('hex');
}
