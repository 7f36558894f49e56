/**
 * Errors that concern a source: which of them leave the rest of a backup alone, and how they are
 * told.
 */
import { HoldfastError } from '@holdfast/core/errors';
import type { NoteCode } from '../events.ts';
import { systemState } from '../platform/system-state.ts';
import { UnreadableError } from './workers/unreadable-error.ts';

/** System calls that are made of sources only; copying a database also needs room for the copy. */
const ABOUT_SOURCE = new Set(['copyfile', 'fstat', 'lstat', 'open', 'read', 'readlink', 'stat']);
/** Failures of this device that would befall every other file too. */
const ABOUT_DEVICE = new Set(['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Whether an error concerns one path, so that the rest of the backup goes on. */
export function isAboutSource(error: unknown): boolean {
  if (error instanceof HoldfastError) return error.code === 'source-unreadable';
  if (error instanceof UnreadableError) return true;
  const { syscall = '', code } = error as NodeJS.ErrnoException;
  return ABOUT_SOURCE.has(syscall) && !ABOUT_DEVICE.has(code ?? '');
}

/** What to note of such an error; `vanished` when there is nothing to read any more. */
export function explainSourceError(error: unknown): {
  readonly code: Extract<NoteCode, 'vanished' | 'database-busy' | 'unreadable'>;
  readonly message: string;
} {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ENOENT') return { code: 'vanished', message: 'Gone before it could be read' };
  if (error instanceof HoldfastError) return { code: 'database-busy', message: error.message };
  const errno = error instanceof UnreadableError ? error.errno : code;
  return { code: 'unreadable', message: `Can't be read: ${systemState({ code: errno, message })}` };
}

/** Not an empty snapshot: a disk was unplugged, or a folder moved. */
export function sourceGone(path: Buffer): HoldfastError {
  return new HoldfastError(
    'source-unreadable',
    `Cannot back up ${path.toString()}: it went away meanwhile`,
  );
}
