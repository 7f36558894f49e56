/** One line at the bottom of the terminal that shows how far a long run is, and leaves no trace. */

import { countOf, formatBytes, formatDuration } from './quantities.ts';
import type { Style } from './style.ts';
import { displayWidth } from './table.ts';
import { columnsOf, type OutputStream } from './terminal.ts';

/** The progress part of the engine's events. */
export interface Progress {
  /** Words joined by dashes, such as `backing-up`. */
  readonly phase: string;
  readonly itemsDone: number;
  readonly itemsTotal?: number | undefined;
  readonly bytesDone: number;
  readonly bytesTotal?: number | undefined;
  readonly bytesPerSecond: number;
  readonly secondsLeft?: number | undefined;
}

const REDRAW_MS = 100;
const LONGEST_BAR = 32;
const SHORTEST_BAR = 6;
/** Columns for all but the bar, whose width depends on the terminal alone, so that it stands still. */
const TEXT_COLUMNS = 62;

export class ProgressBar {
  readonly #stream: OutputStream;
  readonly #style: Style;
  readonly #now: () => number;
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #shown = '';

  constructor(stream: OutputStream, style: Style, now: () => number) {
    this.#stream = stream;
    this.#style = style;
    this.#now = now;
  }

  /** Redraws at most ten times a second. */
  show(progress: Progress): void {
    const nowMs = this.#now();
    if (nowMs - this.#drawnAtMs < REDRAW_MS) return;
    this.#drawnAtMs = nowMs;
    const line = formatProgress(progress, columnsOf(this.#stream), this.#style);
    if (line === this.#shown) return;
    this.#shown = line;
    this.#stream.write(`\r${line}\u001b[K`);
  }

  /** Takes the line away, so that other text can be written. */
  erase(): void {
    if (this.#shown !== '') this.#stream.write('\r\u001b[2K');
    this.#shown = '';
    this.#drawnAtMs = Number.NEGATIVE_INFINITY;
  }
}

/** @param columns Width of the terminal; the line is one shorter, so that it never wraps. */
export function formatProgress(progress: Progress, columns: number, style: Style): string {
  const { phase, bytesDone, bytesPerSecond, secondsLeft } = progress;
  const bytesTotal = trueTotal(progress);
  const label = phase.charAt(0).toUpperCase() + phase.slice(1).replaceAll('-', ' ');
  const fraction = fractionDone(progress);
  const width = Math.min(LONGEST_BAR, columns - TEXT_COLUMNS);
  const hasBar = fraction !== null && width >= SHORTEST_BAR;
  const facts: string[] = [];
  if (fraction !== null) facts.push(`${Math.floor(fraction * 100)}%`.padStart(4));
  if (bytesTotal !== null) {
    facts.push(formatShare(bytesDone, bytesTotal));
  } else {
    facts.push(formatItems(progress));
    if (bytesDone > 0) facts.push(formatBytes(bytesDone));
  }
  if (bytesPerSecond > 0) facts.push(`${formatBytes(bytesPerSecond)}/s`);
  if (secondsLeft !== undefined && secondsLeft > 0)
    facts.push(`${formatSecondsLeft(secondsLeft)} left`);

  const room = columns - 1 - displayWidth(label) - 2 - (hasBar ? width + 2 : 0);
  while (facts.length > 1 && displayWidth(facts.join('  ')) > room) facts.pop();
  const text = facts.join('  ');
  const name = style('bold', label);
  if (!hasBar) return `${name}  ${text}`;
  const filled = Math.round(fraction * width);
  const bar = style('cyan', '━'.repeat(filled)) + style('dim', '─'.repeat(width - filled));
  return `${name}  ${bar}  ${text}`;
}

/** `1.20 of 1.90 GB`, or `310 MB of 1.90 GB`. */
function formatShare(done: number, total: number): string {
  const [doneValue, doneUnit] = formatBytes(done).split(' ');
  const ofTotal = `of ${formatBytes(total)}`;
  return ofTotal.endsWith(` ${doneUnit}`)
    ? `${doneValue} ${ofTotal}`
    : `${doneValue} ${doneUnit} ${ofTotal}`;
}

/** The largest unit alone: an estimate is no more exact. */
function formatSecondsLeft(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return formatDuration(Math.ceil(seconds / 60) * 60_000);
}

function formatItems({ itemsDone, itemsTotal }: Progress): string {
  return itemsTotal === undefined || itemsTotal < itemsDone
    ? countOf(itemsDone, 'item')
    : `${itemsDone} of ${countOf(itemsTotal, 'item')}`;
}

function fractionDone(progress: Progress): number | null {
  const { itemsDone, itemsTotal, bytesDone } = progress;
  const bytesTotal = trueTotal(progress);
  if (bytesTotal !== null) return Math.min(1, bytesDone / bytesTotal);
  if (bytesDone > 0) return null;
  if (itemsTotal !== undefined && itemsTotal > 0) return Math.min(1, itemsDone / itemsTotal);
  return null;
}

/** A total is an estimate at first: one that was passed already says nothing. */
function trueTotal({ bytesDone, bytesTotal = 0 }: Progress): number | null {
  return bytesTotal > 0 && bytesTotal >= bytesDone ? bytesTotal : null;
}
