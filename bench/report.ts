/** The tables of one bench: times, bytes, memory, traffic, and the targets with their verdicts. */

import type { Data } from './data.ts';
import type { Figures, Metric } from './medians.ts';
import { type StepId, steps } from './steps.ts';
import type { Table } from './table.ts';
import { judge, type Target } from './targets.ts';

const none = '–';
const all: readonly StepId[] = steps.map(({ id }) => id);
const backups: readonly StepId[] = ['first', 'next-day', 'quiet-day', 'no-change'];

/** @param tools Names in the order of the rows. */
export function reportTables(tools: readonly string[], figures: Figures, data: Data): Table[] {
  const rowsOf = (cell: (tool: string, step: StepId) => string, from = all) =>
    tools.map((tool) => [tool, ...from.map((step) => cell(tool, step))]);
  return [
    {
      title: 'Wall time until synced, s (CPU time, s)',
      columns: ['tool', ...titlesOf(all)],
      rows: rowsOf((tool, step) => {
        const wall = seconds(figures(tool, step, 'wallMs'));
        return wall === none ? none : `${wall} (${seconds(figures(tool, step, 'cpuMs'))})`;
      }),
    },
    bytesTable(tools, figures, data),
    {
      title: 'Written to the repository, MB: files new or changed, each whole',
      columns: ['tool', ...titlesOf(backups)],
      rows: rowsOf((tool, step) => megabytes(figures(tool, step, 'writtenBytes')), backups),
    },
    {
      title: 'Peak memory (PSS), MB',
      columns: ['tool', ...titlesOf(all)],
      rows: rowsOf((tool, step) => megabytes(figures(tool, step, 'peakPssBytes') || undefined, 0)),
    },
    {
      title: 'Requests, and MB fetched, where the tool tells',
      columns: ['tool', ...titlesOf(all)],
      rows: rowsOf((tool, step) => traffic(figures, tool, step)).filter((row) =>
        row.slice(1).some((cell) => cell !== none),
      ),
    },
    targetTable(judge(figures, data.yardsticks)),
  ].filter(({ rows }) => rows.length > 0);
}

function bytesTable(tools: readonly string[], figures: Figures, { yardsticks }: Data): Table {
  const day = ({ changedPagesZstdBytes, otherBytes }: Data['yardsticks']['next-day']) =>
    megabytes(changedPagesZstdBytes + otherBytes);
  const added = (tool: string, step: StepId, metric: Metric = 'addedBytes') =>
    megabytes(figures(tool, step, metric));
  return {
    title: 'Repository, and added to it, MB',
    columns: ['tool', 'after first', '+ next day', '+ quiet day', '+ no change', 'in the end'],
    rows: [
      ...tools.map((tool) => [
        tool,
        added(tool, 'first', 'repositoryBytes'),
        ...backups.slice(1).map((step) => added(tool, step)),
        added(tool, 'no-change', 'repositoryBytes'),
      ]),
      [
        'changed pages, zstd -3, + new media',
        none,
        day(yardsticks['next-day']),
        day(yardsticks['quiet-day']),
        none,
        none,
      ],
    ],
  };
}

function targetTable(targets: readonly Target[]): Table {
  return {
    title: 'Targets of Holdfast',
    columns: ['target', 'unit', 'Holdfast', 'peer', 'ratio', 'must', 'aim', 'limits', 'verdict'],
    rows: targets.map(({ title, unit, against, peer, value, must, aim, verdict }) => {
      const show = (number: number | undefined) => inUnit(number, unit);
      const ratio = value !== undefined && peer ? (value / peer).toFixed(2) : none;
      const limits = against || 'fixed';
      return [title, unit, show(value), show(peer), ratio, show(must), show(aim), limits, verdict];
    }),
  };
}

function inUnit(number: number | undefined, unit: Target['unit']): string {
  if (unit === 's') return seconds(number);
  return unit === 'MB' ? megabytes(number) : (number?.toString() ?? none);
}

function traffic(figures: Figures, tool: string, step: StepId): string {
  const requests = figures(tool, step, 'requests');
  const fetched = figures(tool, step, 'fetchedBytes');
  if (requests === undefined) return none;
  return fetched === undefined ? `${requests}` : `${requests} (${megabytes(fetched)})`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? none : (ms / 1000).toFixed(2);
}

/** 1 MB is 1,000,000 bytes. */
function megabytes(bytes: number | undefined, decimals?: number): string {
  if (bytes === undefined) return none;
  const value = bytes / 1e6;
  return value.toFixed(decimals ?? (Math.abs(value) < 10 ? 2 : 1));
}

function titlesOf(ids: readonly StepId[]): string[] {
  return steps.filter(({ id }) => ids.includes(id)).map(({ title }) => title);
}
