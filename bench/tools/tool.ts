/**
 * What the bench asks of a backup tool: commands as data, so that one place runs and measures all.
 *
 * A tool's commands touch nothing outside its place, read no setting of the person who runs the
 * bench, and ask no question.
 */

import { spawnSync } from 'node:child_process';

/** The folders one tool works in during one run; all paths are absolute. */
export interface Place {
  /** What is backed up; the same path for every tool and every step. */
  readonly source: string;
  /** Where the backup goes. Its growth is what a step "adds". */
  readonly repository: string;
  /** Cache, configuration and state. An empty one makes a cold start. */
  readonly home: string;
  /** What a tool needs besides, as key files; outlives `home`. */
  readonly kept: string;
}

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What a tool says about its own traffic, in calls of the store and bytes received. */
export interface Traffic {
  readonly requests?: number;
  readonly fetchedBytes?: number;
}

export interface Tool {
  /** One word or two, for `--only` and the tables. */
  readonly name: string;
  /** Settings that matter, for the list of versions. */
  readonly settings: string;
  readonly compresses: boolean;
  /** `null` when the tool is not installed. */
  version(): string | null;
  /** Run in order, not measured. */
  init(place: Place): Command[];
  /** `label` names the snapshot, for tools that want names. */
  backup(place: Place, label: string): Command;
  /** Restores the snapshot `label`, the newest, so that the source lies in `to`/<its base name>. */
  restore(place: Place, label: string, to: string): Command;
  /** Reads and verifies everything that is stored. */
  check(place: Place): Command;
  /** Restores the one file `path` (relative to the source) to somewhere below `to`. */
  restoreOne(place: Place, label: string, path: string, to: string): Command;
  /** Reads the traffic out of a command's standard output. */
  traffic?(stdout: string): Traffic;
}

/** First line of what `argv` prints, or `null` when there is no such program. */
export function firstLineOf(argv: readonly [string, ...string[]]): string | null {
  const { status, stdout } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8' });
  return status === 0 ? (stdout.split('\n')[0] ?? '').trim() : null;
}
