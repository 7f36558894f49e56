/**
 * What a restore is told, and what it tells.
 */
import type { OnEvent } from '../events.ts';
import type { RestoreFailure } from './failures.ts';

export interface RestoreOptions {
  /** Folder to restore into; made when missing, and when something goes into it. */
  readonly to: string;
  /** Paths or patterns (paths/path-pattern.ts); everything when missing. */
  readonly include?: readonly string[];
  /** Replaces files that are there already. */
  readonly overwrite?: boolean;
  /**
   * Also restores what grants rights: set-user-ID and set-group-ID bits of files, `security.*` and
   * `trusted.*` attributes. For a backup whose writers are all trusted with this device.
   */
  readonly privileged?: boolean;
  /** Only tells what would be restored. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
}

export interface RestoreSummary {
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
  /** Files that were there already, with the same time and content. */
  readonly skipped: number;
  /** Paths restored without some attribute, because the file system or platform takes it not. */
  readonly withoutAttributes: number;
  /** Paths restored without something that grants rights. */
  readonly withoutRights: number;
  readonly failed: readonly RestoreFailure[];
  /** Those of `include` that match nothing in the snapshot. */
  readonly unmatched: readonly string[];
  readonly durationMs: number;
  readonly requests: number;
  readonly bytesFetched: number;
}
