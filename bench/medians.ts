/** The middle of the runs, metric by metric: the figures that tables and targets are made of. */

import type { Sample, StepId } from './steps.ts';

export type Metric = Exclude<keyof Sample, 'run' | 'tool' | 'step'>;

/** `undefined` when the tool did not take that step, or does not tell that metric. */
export type Figures = (tool: string, step: StepId, metric: Metric) => number | undefined;

export function mediansOf(samples: readonly Sample[]): Figures {
  return (tool, step, metric) => {
    const values = samples
      .filter((sample) => sample.tool === tool && sample.step === step)
      .map((sample) => sample[metric])
      .filter((value) => value !== undefined);
    return median(values);
  };
}

/** Of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const above = sorted[Math.floor(sorted.length / 2)];
  const below = sorted[Math.ceil(sorted.length / 2) - 1];
  return above === undefined || below === undefined ? undefined : (above + below) / 2;
}
