/**
 * What Holdfast must reach and aims for, each against the best peer in the same run of the bench.
 * A target whose peers are missing, or that Holdfast did not get to, is open.
 */

import type { Yardstick } from './data.ts';
import type { Figures, Metric } from './medians.ts';
import { type StepId, steps } from './steps.ts';

export interface Target {
  readonly title: string;
  readonly unit: 's' | 'MB' | '';
  /** What the limits are a share of, in words; empty for fixed limits. */
  readonly against: string;
  /** These five are in ms, bytes or counts. */
  readonly peer?: number;
  readonly value?: number;
  readonly must?: number;
  readonly aim?: number;
  readonly verdict: 'aim met' | 'pass' | 'MISS' | 'open';
}

interface Best {
  readonly name: string;
  readonly value: number;
}

const self = 'holdfast';
const fastPeers = ['restic', 'borg zstd,1'];
const compressingPeers = [...fastPeers, 'borg 4 KiB'];

export function judge(
  figures: Figures,
  yardsticks: Readonly<Record<'next-day' | 'quiet-day', Yardstick>>,
): Target[] {
  const best = (peers: readonly string[], step: StepId, metric: Metric): Best | undefined =>
    peers
      .map((name) => ({ name, value: figures(name, step, metric) }))
      .filter((peer): peer is Best => peer.value !== undefined)
      .sort((a, b) => a.value - b.value)[0];
  const wall = (step: StepId, peers: readonly string[], must: number, aim: number) =>
    share(
      `${steps.find(({ id }) => id === step)?.title}, wall`,
      's',
      figures(self, step, 'wallMs'),
      best(peers, step, 'wallMs'),
      must,
      aim,
    );
  const nextDayBytes = figures(self, 'next-day', 'addedBytes');
  const nextDay = yardsticks['next-day'];
  const nextDayAim = 1.05 * (nextDay.changedPagesZstdBytes + nextDay.otherBytes);
  const quietDay = yardsticks['quiet-day'];
  return [
    wall('first', fastPeers, 0.65, 0.45),
    wall('next-day', fastPeers, 0.5, 0.3),
    share('next day, added', 'MB', nextDayBytes, best(['borg 4 KiB'], 'next-day', 'addedBytes'), 1),
    share('next day, added', 'MB', nextDayBytes, best(['restic'], 'next-day', 'addedBytes'), 0.16),
    {
      ...fixed('next day, added', 'MB', nextDayBytes, undefined, nextDayAim),
      against: 'changed pages + media, + 5 %',
    },
    {
      ...fixed(
        'quiet day, added',
        'MB',
        figures(self, 'quiet-day', 'addedBytes'),
        1.15 * (quietDay.changedPagesZstdBytes + quietDay.otherBytes) + 256 * 1024,
      ),
      against: '1.15 × changed pages, + 256 KiB',
    },
    wall('no-change', ['restic'], 1, 0.5),
    wall('restore', fastPeers, 0.8, 0.5),
    wall('check', ['restic'], 0.8, 0.5),
    fixed('one file, requests', '', figures(self, 'one-file', 'requests'), 10, 5),
    fixed('one file, fetched', 'MB', figures(self, 'one-file', 'fetchedBytes'), 5e6, 1e6),
    share(
      'repository after first',
      'MB',
      figures(self, 'first', 'repositoryBytes'),
      best(compressingPeers, 'first', 'repositoryBytes'),
      1.03,
    ),
    fixed('peak memory', 'MB', peakMemory(figures), 300e6, 200e6),
  ];
}

function share(
  title: string,
  unit: Target['unit'],
  value: number | undefined,
  peer: Best | undefined,
  must: number,
  aim?: number,
): Target {
  if (peer === undefined) {
    return { ...fixed(title, unit, value, undefined), against: 'no peer', verdict: 'open' };
  }
  const shares = [must, aim].filter((each) => each !== undefined).join(' / ');
  const limits = fixed(title, unit, value, must * peer.value, aim && aim * peer.value);
  return { ...limits, against: `${shares} × ${peer.name}`, peer: peer.value };
}

function fixed(
  title: string,
  unit: Target['unit'],
  value: number | undefined,
  must: number | undefined,
  aim?: number,
): Target {
  const limits = { ...(must !== undefined && { must }), ...(aim !== undefined && { aim }) };
  if (value === undefined) return { title, unit, against: '', ...limits, verdict: 'open' };
  return { title, unit, against: '', value, ...limits, verdict: verdictOn(value, must, aim) };
}

function verdictOn(value: number, must = Number.POSITIVE_INFINITY, aim?: number) {
  if (value > must) return 'MISS';
  return aim !== undefined && value <= aim ? 'aim met' : 'pass';
}

function peakMemory(figures: Figures): number | undefined {
  const peaks = steps
    .map(({ id }) => figures(self, id, 'peakPssBytes'))
    .filter((peak) => peak !== undefined);
  return peaks.length > 0 ? Math.max(...peaks) : undefined;
}
